#include "positions.hpp"

#include "core/json.hpp"

namespace minben::forms {

std::string pointer_step(std::string_view name) {
  std::string out = "/";
  for (const char c : name) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

namespace {
/// Walks a text that is known to be JSON, so nothing is checked twice.
class Walker {
 public:
  using Places = std::map<std::string, std::pair<int, int>, std::less<>>;
  Walker(std::string_view json, Places& places) : text_(json), places_(places) {}

  void value(const std::string& pointer) {
    space();
    places_.emplace(pointer, std::pair(line_, column_));
    if (peek() == '{') return object(pointer);
    if (peek() == '[') return array(pointer);
    if (peek() == '"') return static_cast<void>(string());
    while (at_ < text_.size() &&
           std::string_view(",]} \t\r\n").find(peek()) == std::string_view::npos)
      next();
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void next() {
    if (peek() == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(peek()) & 0xC0) != 0x80) {
      ++column_;
    }
    ++at_;
  }
  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(peek()) != std::string_view::npos)
      next();
  }
  std::string string() {
    const std::size_t from = at_;
    next();
    while (at_ < text_.size() && peek() != '"') {
      if (peek() == '\\') next();
      next();
    }
    next();
    const auto name = parse_json(text_.substr(from, at_ - from));
    return name && name->is_string() ? std::string(name->get_string()) : std::string();
  }
  void object(const std::string& pointer) {
    next();
    for (space(); at_ < text_.size() && peek() != '}'; space()) {
      const auto place = std::pair(line_, column_);
      const std::string member = pointer + pointer_step(string());
      places_.insert_or_assign(member, place);  // the name's place says more than the value's
      space();
      next();  // ':'
      value(member);
      space();
      if (peek() == ',') next();
    }
    next();
  }
  void array(const std::string& pointer) {
    next();
    std::size_t i = 0;
    for (space(); at_ < text_.size() && peek() != ']'; space()) {
      value(pointer + "/" + std::to_string(i++));
      space();
      if (peek() == ',') next();
    }
    next();
  }

  std::string_view text_;
  Places& places_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
};
}  // namespace

Positions::Positions(std::string_view json) { Walker(json, places_).value(""); }

std::pair<int, int> Positions::of(std::string_view pointer) const {
  while (true) {
    if (const auto found = places_.find(pointer); found != places_.end()) return found->second;
    if (pointer.empty()) return {1, 1};
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
}

}  // namespace minben::forms
