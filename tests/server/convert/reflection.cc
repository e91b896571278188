#include "tests/server/convert/reflection.h"

#include <google/protobuf/timestamp.pb.h>

#include <random>

namespace ff::convert::testing {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

// One generic way to write a scalar: text for strings, a small number for the rest, so
// that the value survives int32 and, as a seconds field, the range of timestamps.
void SetScalar(pb::Message* message, const Field* field, unsigned value) {
  const pb::Reflection* r = message->GetReflection();
  const bool add = field->is_repeated();
  switch (field->cpp_type()) {
    case Field::CPPTYPE_STRING: {
      const std::string text = "text-" + std::to_string(value);
      add ? r->AddString(message, field, text) : r->SetString(message, field, text);
      break;
    }
    case Field::CPPTYPE_DOUBLE:
      add ? r->AddDouble(message, field, value + 0.25) : r->SetDouble(message, field, value + 0.25);
      break;
    case Field::CPPTYPE_INT32:
      add ? r->AddInt32(message, field, value) : r->SetInt32(message, field, value);
      break;
    case Field::CPPTYPE_INT64:
      add ? r->AddInt64(message, field, value) : r->SetInt64(message, field, value);
      break;
    case Field::CPPTYPE_BOOL:
      r->SetBool(message, field, value % 2 == 1);
      break;
    case Field::CPPTYPE_ENUM: {
      const int count = field->enum_type()->value_count();
      r->SetEnum(message, field, field->enum_type()->value(1 + value % (count - 1)));
      break;
    }
    default:
      GOOGLE_LOG(FATAL) << "teach SetScalar about " << field->full_name();
  }
}

void FillFrom(pb::Message* message, std::mt19937* random) {
  const pb::Descriptor* descriptor = message->GetDescriptor();
  const pb::Reflection* r = message->GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const Field* field = descriptor->field(i);
    for (int n = 0; n < (field->is_repeated() ? 2 : 1); ++n) {
      if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
        FillFrom(field->is_repeated() ? r->AddMessage(message, field)
                                      : r->MutableMessage(message, field),
                 random);
      } else {
        // Odd, so that booleans become true.
        SetScalar(message, field, ((*random)() % 500000) * 2 + 1);
      }
    }
  }
}

void Visit(pb::Message* message, const std::string& prefix,
           const std::function<void(const std::string&, std::function<void()>)>& visit) {
  const pb::Descriptor* descriptor = message->GetDescriptor();
  const pb::Reflection* r = message->GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const Field* field = descriptor->field(i);
    const std::string path = prefix + field->name();
    if (field->cpp_type() != Field::CPPTYPE_MESSAGE) {
      visit(path, [=] { SetScalar(message, field, 1234568); });
    } else if (!field->is_repeated()) {
      Visit(r->MutableMessage(message, field), path + ".", visit);
    } else {
      for (int n = 0; n < r->FieldSize(*message, field); ++n) {
        Visit(r->MutableRepeatedMessage(message, field, n), path + "[" + std::to_string(n) + "].",
              visit);
      }
    }
  }
}

void CollectDefaults(const pb::Message& message, const std::string& prefix,
                     std::vector<std::string>* paths) {
  if (message.GetDescriptor() == pb::Timestamp::descriptor()) return;
  const pb::Descriptor* descriptor = message.GetDescriptor();
  const pb::Reflection* r = message.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const Field* field = descriptor->field(i);
    const std::string path = prefix + field->name();
    const bool set =
        field->is_repeated() ? r->FieldSize(message, field) > 0 : r->HasField(message, field);
    if (!set) {
      paths->push_back(path);
    } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE && field->is_repeated()) {
      CollectDefaults(r->GetRepeatedMessage(message, field, 0), path + "[0].", paths);
    } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
      CollectDefaults(r->GetMessage(message, field), path + ".", paths);
    }
  }
}

}  // namespace

void Fill(pb::Message* message, unsigned seed) {
  std::mt19937 random(seed);
  FillFrom(message, &random);
}

void ForEachLeaf(
    pb::Message* message,
    const std::function<void(const std::string& path, std::function<void()> change)>& visit) {
  Visit(message, "", visit);
}

std::vector<std::string> DefaultFields(const pb::Message& message) {
  std::vector<std::string> paths;
  CollectDefaults(message, "", &paths);
  return paths;
}

}  // namespace ff::convert::testing
