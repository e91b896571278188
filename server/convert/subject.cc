#include "server/convert/subject.h"

#include "absl/strings/str_cat.h"

namespace ff::convert {

std::string SubjectOf(const google::protobuf::Message& request) {
  std::string subject;
  for (const char* name : {"sweep", "experiment", "worker", "device", "name", "role", "token"}) {
    const auto* const field = request.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->is_repeated() ||
        field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      continue;
    }
    const std::string value = request.GetReflection()->GetString(request, field);
    if (!value.empty()) absl::StrAppend(&subject, subject.empty() ? "" : " ", value);
  }
  return subject;
}

}  // namespace ff::convert
