#include "regex_translate.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "regex_class.hpp"

namespace minben::rules {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Translator {
 public:
  Translator(std::string_view pattern, const RegexFlags& flags) : in_(pattern), flags_(flags) {}

  std::optional<TranslatedRegex> run() {
    while (at_ < in_.size())
      if (!one()) return std::nullopt;
    if (!open_.empty()) return std::nullopt;
    return std::move(out_);
  }

 private:
  bool one() {
    const char c = in_[at_];
    if (flags_.free_spacing && is_space(c)) return ++at_, true;
    switch (c) {
      case '\\':
        return escape();
      case '[':
        return character_class();
      case '(':
        return open_group();
      case ')':
        return close_group();
      case '{':
        return counted();
      case '}':
      case ']':
        return false;  // not a NormalChar: must be escaped
      case '.':
        return put(flags_.dot_all ? "." : "[^\\n\\r]");
      case '$':
        return put(flags_.multiline ? "$" : "\\z");
      default:
        out_.text += c;
        ++at_;
        return true;
    }
  }

  bool put(std::string_view text, std::size_t consumed = 1) {
    out_.text += text;
    at_ += consumed;
    return true;
  }

  bool open_group() {
    if (in_.substr(at_).starts_with("(?:")) {
      open_.push_back(0);
      return put("(?:", 3);
    }
    if (in_.substr(at_).starts_with("(?")) return false;
    open_.push_back(++groups_);
    return put("(");
  }
  bool close_group() {
    if (open_.empty()) return false;
    if (open_.back() != 0) closed_.insert(open_.back());
    open_.pop_back();
    return put(")");
  }

  /// {n}, {n,} or {n,m}
  bool counted() {
    const std::size_t close = in_.find('}', at_);
    if (close == in_.npos) return false;
    const std::string_view inside = in_.substr(at_ + 1, close - at_ - 1);
    const std::size_t comma = inside.find(',');
    const auto number = [](std::string_view text) {
      int value = -1;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
      return read.ptr == text.data() + text.size() && read.ec == std::errc() ? value : -1;
    };
    const int least = number(inside.substr(0, comma));
    const bool open_end = comma != inside.npos && comma + 1 == inside.size();
    const int most = comma == inside.npos || open_end ? least : number(inside.substr(comma + 1));
    if (least < 0 || most < least || inside.starts_with('-')) return false;
    return put(in_.substr(at_, close + 1 - at_), close + 1 - at_);
  }

  bool escape() {
    if (at_ + 1 >= in_.size()) return false;
    const char c = in_[at_ + 1];
    if (is_digit(c)) return back_reference();
    std::size_t behind = at_ + 1;
    if (const auto set = read_class_escape(in_, behind)) return put_set(*set, behind);
    if (!character_of_escape(c)) return false;  // RE2 and ICU know more, such as \b and \Q
    return put(in_.substr(at_, 2), 2);
  }

  /// \N names a group that is closed already; further digits belong to it only while there is such
  /// a group.
  bool back_reference() {
    int group = in_[++at_] - '0';
    while (at_ + 1 < in_.size() && is_digit(in_[at_ + 1]) &&
           group * 10 + (in_[at_ + 1] - '0') <= groups_)
      group = group * 10 + (in_[++at_] - '0');
    if (!closed_.contains(group)) return false;
    out_.refers_back = true;
    return put(fmt::format("(?:\\{})", group));
  }

  bool character_class() {
    std::size_t behind = at_;
    const auto set = read_class(in_, behind, flags_.ignore_case);
    return set && put_set(*set, behind);
  }

  /// Sets are complete as they are: the flag i must not widen them again.
  bool put_set(const icu::UnicodeSet& set, std::size_t behind) {
    const std::string text = write_class(set);
    return put(flags_.ignore_case ? fmt::format("(?-i:{})", text) : text, behind - at_);
  }

  std::string_view in_;
  const RegexFlags& flags_;
  std::size_t at_ = 0;
  int groups_ = 0;
  std::vector<int> open_;  ///< numbers of groups not yet closed; 0 for (?:
  std::set<int> closed_;
  TranslatedRegex out_;
};

}  // namespace

std::optional<RegexFlags> RegexFlags::parse(std::string_view flags) {
  if (flags.find_first_not_of("smixq") != flags.npos) return std::nullopt;
  const auto has = [&](char flag) { return flags.find(flag) != flags.npos; };
  return RegexFlags{has('i'), has('s'), has('m'), has('x'), has('q')};
}

std::optional<TranslatedRegex> translate_regex(std::string_view pattern, const RegexFlags& flags) {
  if (flags.literal) return TranslatedRegex{std::string(pattern), false};
  return Translator(pattern, flags).run();
}

}  // namespace minben::rules
