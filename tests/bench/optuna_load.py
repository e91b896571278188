#!/usr/bin/env python3
"""Optuna under the load of scheduler_bench: so many clients at once, each asks for a trial, reports
its points one by one as Optuna does, and tells the result. One JSON object a line.

usage: optuna_load.py FOLDER sqlite|grpc CLIENTS POINTS SECONDS
"""

import json
import multiprocessing
import os
import sys
import time


def storage_of(kind, folder, port):
    import optuna
    if kind == "sqlite":
        return optuna.storages.RDBStorage(f"sqlite:///{folder}/optuna.db",
                                          engine_kwargs={"connect_args": {"timeout": 60}})
    return optuna.storages.GrpcStorageProxy(host="localhost", port=port)


def client(kind, folder, port, points, until, out):
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    done = reports = errors = 0
    study = optuna.load_study(study_name="bench", storage=storage_of(kind, folder, port),
                              sampler=optuna.samplers.RandomSampler(seed=os.getpid()))
    while time.time() < until:
        try:
            trial = study.ask()
            for step in range(points):
                trial.report(10 - 0.01 * step, step)
                reports += 1
                if time.time() >= until:
                    break
            study.tell(trial, 3.0)
            done += 1
        except Exception as error:  # whatever it is, the trial is lost
            errors += 1
            print(type(error).__name__, str(error)[:100].replace("\n", " "), file=sys.stderr)
    out.put((done, reports, errors))


def serve(folder, port):
    import optuna
    storage = optuna.storages.RDBStorage(f"sqlite:///{folder}/optuna.db")
    optuna.storages.run_grpc_proxy_server(storage, host="localhost", port=port)


def main():
    folder, kind, clients, points, seconds = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    os.makedirs(folder, exist_ok=True)
    database = f"{folder}/optuna.db"
    if os.path.exists(database):
        os.remove(database)
    optuna.create_study(study_name="bench", storage=f"sqlite:///{database}")
    port, server = 0, None
    if kind == "grpc":
        import socket
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            port = probe.getsockname()[1]
        server = multiprocessing.Process(target=serve, args=(folder, port), daemon=True)
        server.start()
        time.sleep(3)
    out = multiprocessing.Queue()
    begun = time.time()
    workers = [multiprocessing.Process(target=client, args=(kind, folder, port, points, begun + 5 + seconds, out))
               for _ in range(clients)]
    for worker in workers:
        worker.start()
    sums = [sum(column) for column in zip(*(out.get() for _ in workers))]
    elapsed = time.time() - begun
    for worker in workers:
        worker.join()
    if server is not None:
        server.terminate()
    trials = optuna.load_study(study_name="bench", storage=f"sqlite:///{database}").get_trials(deepcopy=False)
    unfinished = sum(t.state.name == "RUNNING" for t in trials)
    print(json.dumps({"system": f"optuna {optuna.__version__} {kind}", "clients": clients, "points": points,
                      "trials_per_second": round(sums[0] / elapsed, 2), "points_per_second": round(sums[1] / elapsed, 1),
                      "trials": len(trials), "lost": unfinished + sums[2], "errors": sums[2]}))


if __name__ == "__main__":
    main()
