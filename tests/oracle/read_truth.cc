#include <boost/json.hpp>
#include <stdexcept>

#include "tests/oracle/oracle.h"

namespace grumble::oracle {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& line, const char* name) {
  const json::value* const value = line.if_contains(name);
  return value == nullptr ? "" : std::string(value->as_string());
}

int64_t number_at(const json::object& line, const char* name) {
  const json::value* const value = line.if_contains(name);
  return value == nullptr ? 0 : value->to_number<int64_t>();
}

void read_bill(Truth& truth, const json::object& bill) {
  const json::object& x = bill.at("x").as_object();
  truth.billed["x.posts"] = number_at(x, "microusd");
  truth.hits = number_at(x, "hits_returned");
  const json::object& days = bill.at("youtube").at("days").as_object();
  for (const auto& day : days) {
    const json::object& units = day.value().as_object();
    truth.billed["youtube.search"] += number_at(units, "search");
    truth.billed["youtube.units"] += number_at(units, "default");
  }
}

void read_line(Truth& truth, const json::object& line) {
  if (line.contains("fault")) {
    truth.fired[text_at(line, "fault")] = number_at(line, "fired");
  } else if (line.contains("visit")) {
    truth.visits.push_back({text_at(line, "visit"), number_at(line, "at"),
                            static_cast<int>(number_at(line, "status")),
                            number_at(line, "until")});
  } else if (line.contains("bill")) {
    read_bill(truth, line.at("bill").as_object());
  } else {
    Item item;
    item.title = text_at(line, "title");
    item.text = text_at(line, "text");
    item.shown = number_at(line, "shown");
    item.broken = number_at(line, "broken");
    item.late_ms = number_at(line, "late_ms");
    item.wanted = line.contains("wanted");
    item.replaced = line.contains("deleted_at") || line.contains("edited");
    truth.items[{text_at(line, "platform"), text_at(line, "id")}] =
        std::move(item);
  }
}

}  // namespace

Truth read_truth(std::istream& input) {
  Truth truth;
  bool billed = false;
  std::string text;
  for (size_t number = 1; std::getline(input, text); ++number) {
    try {
      const json::value line = json::parse(text);
      read_line(truth, line.as_object());
      billed = line.as_object().contains("bill");
    } catch (const std::exception& error) {
      throw std::runtime_error("truth:" + std::to_string(number) + ": " +
                               error.what());
    }
  }
  if (!billed) throw std::runtime_error("truth: is cut, the bill is missing");
  return truth;
}

}  // namespace grumble::oracle
