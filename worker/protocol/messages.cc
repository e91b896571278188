#include "worker/protocol/messages.h"

#include "absl/strings/str_cat.h"
#include "worker/protocol/json_fields.h"

namespace ff::protocol {
namespace {

constexpr size_t kQuotedBytes = 120;

// Indexed like the alternatives of the variants.
constexpr const char* kOrderTypes[] = {"start", "checkpoint", "stop"};
constexpr const char* kReportTypes[] = {"hello",      "started",  "measurement", "evaluation",
                                        "checkpoint", "finished", "stopped",     "failed"};
static_assert(std::size(kOrderTypes) == std::variant_size_v<Order>);
static_assert(std::size(kReportTypes) == std::variant_size_v<Report>);

absl::Status BadLine(absl::string_view reason, absl::string_view line) {
  const bool cut = line.size() > kQuotedBytes;
  return absl::InvalidArgumentError(absl::StrCat("not a line of the trainer protocol: ", reason,
                                                 "; it begins: ", line.substr(0, kQuotedBytes),
                                                 cut ? "..." : ""));
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Variant>
std::string VariantToLine(const Variant& message, const char* type) {
  Json object = Json::object();
  object["type"] = type;
  FieldWriter writer(object);
  std::visit([&](const auto& m) { VisitFields(writer, m); }, message);
  return Dump(object);
}

// Fills the alternative of `Variant` whose place in `types` is `wanted`.
template <class Variant, size_t I = 0>
bool ReadAlternative(size_t wanted, FieldReader& reader, Variant& message) {
  if constexpr (I == std::variant_size_v<Variant>) {
    return false;
  } else {
    if (I != wanted) return ReadAlternative<Variant, I + 1>(wanted, reader, message);
    VisitFields(reader, message.template emplace<I>());
    return true;
  }
}

absl::StatusOr<Json> ParseObject(absl::string_view text) {
  Json object = Json::parse(text.begin(), text.end(), /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return BadLine("not JSON", text);
  if (!object.is_object()) return BadLine("no JSON object", text);
  return object;
}

template <class Variant, size_t kTypes>
absl::StatusOr<Variant> ParseLine(absl::string_view line, const char* const (&types)[kTypes]) {
  absl::StatusOr<Json> object = ParseObject(line);
  if (!object.ok()) return object.status();
  const auto type = object->find("type");
  if (type == object->end() || !type->is_string()) return BadLine("it has no type", line);
  size_t wanted = 0;
  while (wanted < kTypes && *type != types[wanted]) ++wanted;
  Variant message;
  std::string error;
  FieldReader reader(*object, "", error);
  if (!ReadAlternative(wanted, reader, message)) {
    return BadLine(absl::StrCat("unknown type \"", type->get<std::string>().substr(0, 40), "\""),
                   line);
  }
  if (!error.empty()) return BadLine(error, line);
  return message;
}

}  // namespace

std::string ToLine(const Order& order) { return VariantToLine(order, kOrderTypes[order.index()]); }

std::string ToLine(const Report& report) {
  return VariantToLine(report, kReportTypes[report.index()]);
}

std::string ToJson(const Plan& plan) { return Dump(FieldWriter::Object(plan)); }

absl::StatusOr<Order> ParseOrder(absl::string_view line) {
  return ParseLine<Order>(line, kOrderTypes);
}

absl::StatusOr<Report> ParseReport(absl::string_view line) {
  return ParseLine<Report>(line, kReportTypes);
}

absl::StatusOr<Plan> ParsePlan(absl::string_view json) {
  absl::StatusOr<Json> object = ParseObject(json);
  if (!object.ok()) return object.status();
  Plan plan;
  std::string error;
  FieldReader reader(*object, "", error);
  VisitFields(reader, plan);
  if (!error.empty()) return BadLine(error, json);
  return plan;
}

}  // namespace ff::protocol
