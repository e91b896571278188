// `ff-trainer --follow`: a rank other than 0. Takes every start from rank 0 (rank_team.h) and does
// its part; has no agent and reports nothing but what goes wrong, on standard error. Ends with
// rank 0 where that one started it; where a launcher did, it waits for the next rank 0.
#pragma once

namespace ff::trainer {

// Until the process ends; returns its code where it cannot begin.
int Follow();

}  // namespace ff::trainer
