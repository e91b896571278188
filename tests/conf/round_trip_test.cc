// Random valid messages, to YAML or to key=value words and back: nothing changes.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>

#include "conf/load/effective.h"
#include "conf/load/load.h"
#include "conf/load/schema.h"
#include "conf/load/yaml_writer.h"
#include "ff/v1/config.pb.h"
#include "tests/conf/temp_file.h"

namespace ff::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

class RandomMessages {
 public:
  explicit RandomMessages(uint32_t seed) : random_(seed) {}

  void Fill(Message* message) {
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message->GetDescriptor()->field(i);
      if (IsGroup(field)) {
        Fill(message->GetReflection()->MutableMessage(message, &field));
      } else if (field.is_repeated()) {
        message->GetReflection()->ClearField(message, &field);
        for (uint32_t left = 1 + random_() % 3; left > 0; --left) Set(field, message);
      } else {
        Set(field, message);
      }
    }
  }

 private:
  void Set(const FieldDescriptor& field, Message* message) {
    const google::protobuf::Reflection& r = *message->GetReflection();
    const bool list = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const double value = Number(RuleOf(field));
        return list ? r.AddDouble(message, &field, value) : r.SetDouble(message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        const int32_t value = static_cast<int32_t>(Whole(RuleOf(field), INT32_MAX));
        return list ? r.AddInt32(message, &field, value) : r.SetInt32(message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_INT64:
        return r.SetInt64(message, &field, Whole(RuleOf(field), INT64_MAX));
      case FieldDescriptor::CPPTYPE_BOOL:
        return r.SetBool(message, &field, random_() % 2 == 0);
      default: {
        const std::string value = Text(RuleOf(field));
        return list ? r.AddString(message, &field, value) : r.SetString(message, &field, value);
      }
    }
  }

  double Number(const v1::Rule& rule) {
    const double least = rule.has_min() ? rule.min() : rule.has_above() ? rule.above() : -1e6;
    const double share = (random_() + 1.0) / 4294967296.0;
    if (rule.has_max()) return least + (rule.max() - least) * share;
    return least + std::exp(-20 + 60 * share);
  }

  int64_t Whole(const v1::Rule& rule, int64_t largest) {
    const int64_t least = rule.has_min() ? static_cast<int64_t>(rule.min()) : 0;
    const int64_t most = rule.has_max() ? static_cast<int64_t>(rule.max()) : largest;
    return std::uniform_int_distribution<int64_t>(least, most)(random_);
  }

  std::string Text(const v1::Rule& rule) {
    if (rule.one_of_size() > 0) return rule.one_of(random_() % rule.one_of_size());
    const char* const kPieces[] = {"a",  "null", "true", "~", ":",  ": ",   " #", "'", "\"", "\\",
                                   "[",  "]",    "{",    ",", "*",  "&",    "!",  "%", "@",  "-",
                                   "- ", "1e5",  "=",    "é", "漢", "/x/y", ".",  "0", "$",  "`"};
    std::string text;
    for (uint32_t left = 1 + random_() % 5; left > 0; --left) {
      text += kPieces[random_() % std::size(kPieces)];
    }
    return text;
  }

  std::mt19937 random_;
};

v1::FlopsFitConfig Random(uint32_t seed) {
  v1::FlopsFitConfig config = *LoadConfig({});
  RandomMessages(seed).Fill(&config);
  return config;
}

TEST(RoundTrip, RandomConfigurationsThroughYaml) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    const v1::FlopsFitConfig config = Random(seed);
    TempFile file("my.yaml", ToYaml(config));
    const absl::StatusOr<v1::FlopsFitConfig> again = LoadConfig({.files = {file.path()}});
    ASSERT_TRUE(again.ok()) << again.status() << "\n" << ToYaml(config);
    ASSERT_TRUE(MessageDifferencer::Equals(*again, config)) << ToYaml(config);
  }
}

TEST(RoundTrip, RandomSectionsThroughWords) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    const v1::FlopsFitConfig config = Random(seed);
    const auto worker = LoadConfig({.overrides = AsOverrides(config.worker()), .stage = "worker"});
    ASSERT_TRUE(worker.ok()) << worker.status();
    EXPECT_TRUE(MessageDifferencer::Equals(worker->worker(), config.worker()));
    const auto planner =
        LoadConfig({.overrides = AsOverrides(config.planner()), .stage = "planner"});
    ASSERT_TRUE(planner.ok()) << planner.status();
    EXPECT_TRUE(MessageDifferencer::Equals(planner->planner(), config.planner()));
  }
}

TEST(RoundTrip, DefaultsNeedNoWords) {
  EXPECT_THAT(AsOverrides(LoadConfig({})->coordinator()), testing::IsEmpty());
}

TEST(AsOverrides, OnlyWhatDiffers) {
  v1::CoordinatorConfig section = LoadConfig({})->coordinator();
  section.mutable_listen()->set_grpc("unix:/run/my dir/x");
  section.mutable_lease()->set_lease_seconds(5);
  EXPECT_THAT(AsOverrides(section),
              testing::ElementsAre("listen.grpc=unix:/run/my dir/x", "lease.lease_seconds=5"));
}

TEST(EffectiveYaml, NamesTheOriginOfEachValue) {
  TempFile file("my.yaml", "model:\n  width: 8\n");
  const absl::StatusOr<std::string> yaml =
      EffectiveYaml({.files = {"cpu_fast", file.path()},
                     .overrides = {"compute.num_budgets=3", "head_options=[1]"},
                     .stage = "planner"});
  EXPECT_EQ(yaml.status().code(), absl::StatusCode::kInvalidArgument);
  const absl::StatusOr<std::string> good = EffectiveYaml({.files = {"cpu_fast", file.path()},
                                                          .overrides = {"compute.num_budgets=3"},
                                                          .stage = "planner"});
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_THAT(*good, testing::HasSubstr("  num_budgets: 3  # command line\n"));
  EXPECT_THAT(*good, testing::HasSubstr("  width: 8  # " + file.path() + ":2\n"));
  EXPECT_THAT(*good, testing::HasSubstr("  rule: constant  # conf/planner.yaml:"));
  EXPECT_THAT(*good,
              testing::ContainsRegex("flop_count: exact  # conf/presets/cpu_fast.yaml:[0-9]"));
}

TEST(EffectiveYaml, ReadsBackAsTheSameConfiguration) {
  for (const std::string& stage : SectionNames()) {
    const LoadOptions options{.files = {"gpu_h200"}, .stage = stage};
    TempFile file("my.yaml", *EffectiveYaml(options));
    const auto again = LoadConfig({.files = {"gpu_h200", file.path()}, .stage = stage});
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(MessageDifferencer::Equals(*again, *LoadConfig(options))) << stage;
  }
}

}  // namespace
}  // namespace ff::conf
