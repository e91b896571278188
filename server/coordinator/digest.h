// Identities made of content. Pure.
#pragma once

#include <string>
#include <vector>

namespace ff::coordinator {

// First 16 hex digits of the SHA-256 over the parts; where one part ends matters.
std::string Digest(const std::vector<std::string>& parts);

// Of a sweep's experiments, whatever their order.
std::string ContentDigest(std::vector<std::string> experiment_ids);

// `generation` counts up when a sweep of this content was cancelled and is wanted again.
std::string SweepId(const std::string& name, const std::string& content, int generation);

}  // namespace ff::coordinator
