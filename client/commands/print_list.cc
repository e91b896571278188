#include "client/commands/print_list.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/print/data.h"
#include "client/print/json.h"
#include "google/protobuf/descriptor.h"
#include "server/filter/parse.h"

namespace ff::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::Duration kWatchEvery = absl::Seconds(2);

const FieldDescriptor* ItemsOf(const Message& message) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return field;
  }
  return nullptr;
}

// Absent values last, whichever way.
void Sort(const Table& table, const filter::Order& order, bool numbers, std::vector<size_t>* rows) {
  std::stable_sort(rows->begin(), rows->end(), [&](size_t a, size_t b) {
    const filter::Value x = table.ValueOf(a, order.field), y = table.ValueOf(b, order.field);
    if (!x.text || !y.text) return x.text.has_value() && !y.text.has_value();
    if (numbers) return order.down ? *y.number < *x.number : *x.number < *y.number;
    return order.down ? *y.text < *x.text : *x.text < *y.text;
  });
}

absl::StatusOr<std::vector<size_t>> Choose(const Arguments& arguments, const Listing& listing) {
  const Table& table = listing.table;
  std::vector<size_t> rows(table.size());
  std::iota(rows.begin(), rows.end(), 0);
  if (listing.chosen) return rows;
  const std::vector<filter::Field> fields = table.Fields();
  if (arguments.Has("filter")) {
    const absl::StatusOr<filter::Condition> condition =
        filter::Parse(arguments.Get("filter"), fields);
    if (!condition.ok()) return condition.status();
    std::erase_if(rows, [&](size_t row) {
      return !filter::Holds(*condition,
                            [&](const std::string& field) { return table.ValueOf(row, field); });
    });
  }
  if (arguments.Has("sort-by")) {
    const absl::StatusOr<filter::Order> order =
        filter::ParseOrder(arguments.Get("sort-by"), fields);
    if (!order.ok()) return order.status();
    const filter::Field* field = filter::FindField(fields, order->field);
    Sort(table, *order, field->type == filter::Type::kNumber, &rows);
  }
  return rows;
}

// The message with the chosen items alone, in their order.
std::unique_ptr<Message> Keep(const Message& message, const std::vector<size_t>& rows) {
  std::unique_ptr<Message> kept(message.New());
  kept->CopyFrom(message);
  const FieldDescriptor* items = ItemsOf(message);
  if (items == nullptr) return kept;
  kept->GetReflection()->ClearField(kept.get(), items);
  for (const size_t row : rows) {
    kept->GetReflection()
        ->AddMessage(kept.get(), items)
        ->CopyFrom(
            message.GetReflection()->GetRepeatedMessage(message, items, static_cast<int>(row)));
  }
  return kept;
}

void PrintData(Session& session, const Message& message) {
  const FieldDescriptor* items = ItemsOf(message);
  if (session.output() != Output::kJsonl || items == nullptr) {
    session.PrintData(ToJson(message));
    return;
  }
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < reflection->FieldSize(message, items); ++i) {
    session.out() << JsonLine(ToJson(reflection->GetRepeatedMessage(message, items, i)));
  }
}

}  // namespace

absl::Status PrintList(Session& session, const Arguments& arguments, const Listing& listing) {
  const absl::StatusOr<std::vector<size_t>> rows = Choose(arguments, listing);
  if (!rows.ok()) return rows.status();
  Table table = listing.table.Rows(*rows);
  if (arguments.Has("columns")) {
    absl::StatusOr<Table> chosen =
        table.Columns(absl::StrSplit(arguments.Get("columns"), ',', absl::SkipEmpty()));
    if (!chosen.ok()) return chosen.status();
    table = *std::move(chosen);
  } else if (session.output() == Output::kTable) {
    table = table.Narrow();
  }
  if (session.wants_data()) {
    const bool all = !arguments.Has("filter") && !arguments.Has("sort-by");
    PrintData(session, listing.chosen || all ? *listing.message : *Keep(*listing.message, *rows));
    return absl::OkStatus();
  }
  const bool header = !arguments.Has("no-headers");
  switch (session.output()) {
    case Output::kName:
      for (const size_t row : *rows) session.out() << VisibleLine(listing.names[row]) << "\n";
      break;
    case Output::kCsv:
      session.out() << table.Csv(header);
      break;
    default:
      if (!table.empty()) {
        session.out() << table.Render(session.table_width(), session.out_style(), header);
      } else {
        session.Note(arguments.Has("filter") ? "nothing meets the condition" : listing.empty);
      }
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> PrintWatched(Session& session, const Arguments& arguments,
                                  const std::function<absl::Status(Session&)>& print) {
  const bool watch = arguments.Has("watch");
  if (!watch) {
    if (absl::Status printed = print(session); !printed.ok()) return printed;
    return Exit::kOk;
  }
  session.CatchInterrupt();
  std::string before;
  while (!session.interrupted()) {
    std::ostringstream page;
    std::ostream& real = session.out();
    session.Redirect(&page);
    const absl::Status printed = print(session);
    session.Redirect(&real);
    if (!printed.ok() && !absl::IsUnavailable(printed)) return printed;
    const std::string text =
        printed.ok() ? page.str() : absl::StrCat("(", printed.message(), ")\n");
    if (text != before) {
      if (session.table_width() > 0) session.out() << "\x1b[H\x1b[2J";
      session.out() << text << std::flush;
      before = text;
    }
    const absl::Time next = absl::Now() + kWatchEvery;
    while (absl::Now() < next && !session.interrupted()) absl::SleepFor(absl::Milliseconds(50));
  }
  return Exit::kInterrupted;
}

}  // namespace ff::client
