// From runs to every law they allow: screening, budgets, IsoFLOP profiles, loss surface,
// envelope, and what the surface is held against. What cannot be fitted is said in a note
// and never stops the rest. Pure and deterministic by seed; thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "server/domain/analysis.h"

namespace ff::analysis {

// `table` as read, not screened; of the curves, those of runs that can be used count. Of the
// result, fit.id, sweep_id, created_at and flop_count are the caller's to fill. INVALID_ARGUMENT:
// options that make no sense. FAILED_PRECONDITION: no usable run, or no approach gave a law; the
// message has the reason of each.
absl::StatusOr<Analysis> AnalyzeRuns(RunTable table, const Curves& curves,
                                     const AnalyzeOptions& options);

// The surface's (or envelope's) optimum as power laws of C, in the form of a Fit without optimal
// points: N_opt and D_opt with their intervals; L_opt without its constant E, which stands in
// the formula. `method` is "surface".
absl::StatusOr<Fit> SurfaceAsFit(const LawFit& law);
Fit EnvelopeAsFit(const EnvelopeFit& envelope);

}  // namespace ff::analysis
