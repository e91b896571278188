#include "tests/server/storage/faulty_disk.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ff::storage {
namespace {

namespace fs = std::filesystem;

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;
std::string flushed_folder;
std::atomic<int> armed{0};  // FaultyDisk::Fault
std::atomic<int64_t> countdown{0};
std::atomic<bool> always_full{false};
std::mutex copying;  // guards what was written since the last flush, by path
struct Unflushed {
  bool whole = true;  // what a process before this one has left unflushed is not known
  std::vector<std::pair<int64_t, int64_t>> ranges;  // offset, size
};
std::map<std::string, Unflushed> unflushed;

struct File {
  sqlite3_file base;
  char* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

bool Struck(FaultyDisk::Fault fault) {
  if (armed != static_cast<int>(fault) || countdown.fetch_sub(1) != 1) return false;
  armed = 0;
  ++FaultyDisk::strikes;
  return true;
}

void NoteWrite(const char* path, int64_t at, int64_t size) {
  if (path == nullptr) return;
  std::lock_guard<std::mutex> lock(copying);
  Unflushed& file = unflushed[path];
  if (!file.whole) file.ranges.emplace_back(at, size);
}

// A flush takes along whatever the file has, whoever wrote it; after the first one of this process
// that is what was written since.
void KeepFlushed(const char* path) {
  std::lock_guard<std::mutex> lock(copying);
  std::error_code ignored;  // a file that was removed meanwhile has nothing to keep
  const fs::path kept = fs::path(flushed_folder) / fs::path(path).filename();
  Unflushed& file = unflushed[path];
  if (std::exchange(file.whole, false)) {
    fs::copy_file(path, kept, fs::copy_options::overwrite_existing, ignored);
    return;
  }
  std::ifstream from(path, std::ios::binary);
  std::fstream to(kept, std::ios::binary | std::ios::in | std::ios::out);
  std::string bytes;
  for (const auto& [at, size] : file.ranges) {
    bytes.resize(static_cast<size_t>(size));
    from.clear(), from.seekg(at), from.read(bytes.data(), size);
    to.seekp(at), to.write(bytes.data(), from.gcount());
  }
  file.ranges.clear();
  to.close();
  fs::resize_file(kept, fs::file_size(path, ignored), ignored);
}

int Close(sqlite3_file* f) {
  const int code = Of(f)->real()->pMethods->xClose(Of(f)->real());
  std::free(Of(f)->path);
  return code;
}
int Read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return Of(f)->real()->pMethods->xRead(Of(f)->real(), to, size, at);
}
int Write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  if (always_full || Struck(FaultyDisk::Fault::kFull)) return SQLITE_FULL;
  NoteWrite(Of(f)->path, at, size);
  if (Struck(FaultyDisk::Fault::kShortWrite)) {
    Of(f)->real()->pMethods->xWrite(Of(f)->real(), from, size / 2, at);
    return SQLITE_IOERR_WRITE;
  }
  return Of(f)->real()->pMethods->xWrite(Of(f)->real(), from, size, at);
}
int Truncate(sqlite3_file* f, sqlite3_int64 size) {
  return Of(f)->real()->pMethods->xTruncate(Of(f)->real(), size);
}
int Sync(sqlite3_file* f, int flags) {
  if (Struck(FaultyDisk::Fault::kFlush)) return SQLITE_IOERR_FSYNC;
  const int code = Of(f)->real()->pMethods->xSync(Of(f)->real(), flags);
  if (code == SQLITE_OK && Of(f)->path != nullptr) KeepFlushed(Of(f)->path);
  return code;
}
int FileSize(sqlite3_file* f, sqlite3_int64* size) {
  return Of(f)->real()->pMethods->xFileSize(Of(f)->real(), size);
}
int Lock(sqlite3_file* f, int level) {
  return Of(f)->real()->pMethods->xLock(Of(f)->real(), level);
}
int Unlock(sqlite3_file* f, int level) {
  return Of(f)->real()->pMethods->xUnlock(Of(f)->real(), level);
}
int CheckReservedLock(sqlite3_file* f, int* out) {
  return Of(f)->real()->pMethods->xCheckReservedLock(Of(f)->real(), out);
}
int FileControl(sqlite3_file* f, int op, void* arg) {
  return Of(f)->real()->pMethods->xFileControl(Of(f)->real(), op, arg);
}
int SectorSize(sqlite3_file* f) { return Of(f)->real()->pMethods->xSectorSize(Of(f)->real()); }
int Characteristics(sqlite3_file* f) {
  return Of(f)->real()->pMethods->xDeviceCharacteristics(Of(f)->real());
}
int ShmMap(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return Of(f)->real()->pMethods->xShmMap(Of(f)->real(), page, size, extend, out);
}
int ShmLock(sqlite3_file* f, int offset, int n, int flags) {
  return Of(f)->real()->pMethods->xShmLock(Of(f)->real(), offset, n, flags);
}
void ShmBarrier(sqlite3_file* f) { Of(f)->real()->pMethods->xShmBarrier(Of(f)->real()); }
int ShmUnmap(sqlite3_file* f, int remove) {
  return Of(f)->real()->pMethods->xShmUnmap(Of(f)->real(), remove);
}

// Version 2: with shared memory for WAL, without memory-mapped reading.
const sqlite3_io_methods kMethods = {2,
                                     Close,
                                     Read,
                                     Write,
                                     Truncate,
                                     Sync,
                                     FileSize,
                                     Lock,
                                     Unlock,
                                     CheckReservedLock,
                                     FileControl,
                                     SectorSize,
                                     Characteristics,
                                     ShmMap,
                                     ShmLock,
                                     ShmBarrier,
                                     ShmUnmap,
                                     nullptr,
                                     nullptr};

int Open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  File* file = Of(f);
  file->base.pMethods = nullptr;
  file->path = name == nullptr ? nullptr : strdup(name);
  const int code = real_vfs->xOpen(real_vfs, name, file->real(), flags, out_flags);
  if (code == SQLITE_OK) {
    file->base.pMethods = &kMethods;
  } else {
    std::free(file->path);
  }
  return code;
}

}  // namespace

std::atomic<int64_t> FaultyDisk::strikes{0};

void FaultyDisk::Install(const std::string& flushed) {
  flushed_folder = flushed;
  fs::create_directories(flushed);
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty_vfs = *real_vfs;
  faulty_vfs.zName = "faulty";
  faulty_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  faulty_vfs.xOpen = Open;
  sqlite3_vfs_register(&faulty_vfs, /*makeDflt=*/1);
}

void FaultyDisk::Strike(Fault fault, int64_t after) {
  countdown = after;
  armed = static_cast<int>(fault);
}

void FaultyDisk::SetFull(bool full) { always_full = full; }

}  // namespace ff::storage
