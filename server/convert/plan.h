// Plans and shapes, domain to proto. Plans travel one way: the coordinator works them out
// and nobody sends one back. Pure.
#pragma once

#include "ff/v1/experiment.pb.h"
#include "server/domain/plan.h"

namespace ff::convert {

v1::ModelShape ToProto(const ModelShape& shape);
v1::Alphas ToProto(const Alphas& alphas);
v1::MupSimple ToProto(const MupSimple& simple);
v1::SyntheticLaw ToProto(const SyntheticLaw& law);
v1::Plan ToProto(const Plan& plan);

}  // namespace ff::convert
