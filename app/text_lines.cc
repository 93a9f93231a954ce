#include "app/text_lines.h"

#include <fstream>
#include <iostream>
#include <stdexcept>

#include "app/json.h"
#include "collector/sources/text.h"

namespace grumble::app {
namespace {

namespace json = boost::json;

void read_line(const std::string& line, TextLine& out) {
  json::error_code error;
  const json::value value = json::parse(collector::fit_json(line), error);
  if (error) throw std::invalid_argument("is no JSON: " + error.message());
  if (!value.is_object()) throw std::invalid_argument("is no JSON object");
  const json::object& object = value.get_object();
  const json::value* id = object.if_contains("id");
  if (id != nullptr) out.id = *id;
  if (!out.id.is_string()) throw std::invalid_argument("has no string 'id'");
  out.text = text_from_json(object);
}

using TellLine =
    std::function<void(const std::string& place, const std::string& line)>;

void read_stream(std::istream& in, const std::string& name,
                 const TellLine& tell) {
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    tell((name.empty() ? "line " : name + ":") + std::to_string(number), line);
  }
  if (in.bad()) {
    throw std::runtime_error("cannot read " +
                             (name.empty() ? "the input" : "'" + name + "'") +
                             " to its end");
  }
}

TellLine as_texts(const std::function<void(TextLine&)>& tell) {
  return [&tell](const std::string& place, const std::string& line) {
    TextLine out;
    try {
      read_line(line, out);
    } catch (const std::invalid_argument& wrong) {
      out.error = place + ": " + wrong.what();
    }
    tell(out);
  };
}

}  // namespace

std::string TextLine::name() const {
  return id.is_string() ? std::string(id.get_string()) : std::string();
}

void read_lines(const std::vector<std::string>& files, const TellLine& tell) {
  if (files.empty()) read_stream(std::cin, "", tell);
  for (const auto& name : files) {
    if (name == "-") {
      read_stream(std::cin, "", tell);
      continue;
    }
    std::ifstream file(name);
    if (!file) throw std::runtime_error("cannot open '" + name + "'");
    read_stream(file, name, tell);
  }
}

void read_text_lines(std::istream& in, const std::string& name,
                     const std::function<void(TextLine&)>& tell) {
  read_stream(in, name, as_texts(tell));
}

void read_text_files(const std::vector<std::string>& files,
                     const std::function<void(TextLine&)>& tell) {
  read_lines(files, as_texts(tell));
}

}  // namespace grumble::app
