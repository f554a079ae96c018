#pragma once
// Private: the members of a JSON object, named once in a function that takes either of these: as
// values, or as text right away where there are thousands of objects.
#include <concepts>

#include <fmt/format.h>

#include "core/large_json.hpp"

namespace minben::interchange {

class ValueMembers {
 public:
  void operator()(std::string_view name, std::string_view text) { out[name] = text; }
  void operator()(std::string_view name, std::int64_t number) { out[name] = number; }
  void operator()(std::string_view name, std::same_as<bool> auto value) { out[name] = value; }
  void null(std::string_view name) { out[name] = nullptr; }
  /// `write(members)` names those of the inner object.
  void object(std::string_view name, auto&& write) {
    ValueMembers inner;
    write(inner);
    out[name] = std::move(inner.out);
  }
  /// A list of objects: `write(members, item)`.
  void list(std::string_view name, const auto& items, auto&& write) {
    JsonArray array;
    for (const auto& item : items) {
      ValueMembers inner;
      write(inner, item);
      array.push_back(std::move(inner.out));
    }
    out[name] = std::move(array);
  }
  JsonObject out;
};

/// Names must need no escapes, and occur once. Closes the object when it goes.
class TextMembers {
 public:
  explicit TextMembers(std::string& out) : out_(out) { out_ += '{'; }
  TextMembers(const TextMembers&) = delete;
  TextMembers& operator=(const TextMembers&) = delete;
  ~TextMembers() { out_ += '}'; }
  void operator()(std::string_view name, std::string_view text) {
    begin(name);
    append_json_text(out_, text);
  }
  void operator()(std::string_view name, std::int64_t number) {
    begin(name);
    out_ += fmt::format_int(number).c_str();
  }
  void operator()(std::string_view name, std::same_as<bool> auto value) {
    begin(name);
    out_ += value ? "true" : "false";
  }
  void null(std::string_view name) {
    begin(name);
    out_ += "null";
  }
  void object(std::string_view name, auto&& write) {
    begin(name);
    TextMembers inner(out_);
    write(inner);
  }
  void list(std::string_view name, const auto& items, auto&& write) {
    begin(name);
    out_ += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      TextMembers inner(out_);
      write(inner, item);
    }
    out_ += ']';
  }

 private:
  void begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    ((out_ += '"') += name) += "\":";
  }
  std::string& out_;
  bool first_ = true;
};

}  // namespace minben::interchange
