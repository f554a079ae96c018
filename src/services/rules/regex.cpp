// XPath regular expressions (DMN 1.5 §10.3.4.3) on RE2, whose time is linear in the text: no
// pattern can run away. Back-references cannot be had that way and are refused.
#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>
#include <re2/re2.h>

#include "builtin.hpp"
#include "core/text.hpp"

namespace minben::rules {

class Regex {
 public:
  Regex(const std::string& pattern, const RE2::Options& options) : re2(pattern, options) {}
  RE2 re2;
};

namespace {
constexpr std::string_view name_start =
    "A-Z_a-z:\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{2FF}\\x{370}-\\x{37D}"
    "\\x{37F}-\\x{1FFF}\\x{200C}-\\x{200D}\\x{2070}-\\x{218F}\\x{3001}-\\x{D7FF}";
constexpr std::string_view name_rest = "\\-.0-9\\x{B7}\\x{300}-\\x{36F}";

/// Rewrites an XPath pattern in RE2's dialect. Class subtraction [A-Z-[OI]] becomes two tests of
/// the same character, which RE2 cannot express, so the class is computed as ranges of code points.
class Translator {
 public:
  Translator(std::string_view pattern, bool free_spacing)
      : in_(pattern), free_spacing_(free_spacing) {}

  std::optional<std::string> run() {
    while (at_ < in_.size())
      if (!one()) return std::nullopt;
    return std::move(out_);
  }

 private:
  using Ranges = std::vector<std::pair<char32_t, char32_t>>;

  bool one() {
    const char c = in_[at_];
    if (c == '\\') return escape(out_);
    if (c == '[') return character_class();
    if (c == '(' && in_.substr(at_).starts_with("(?") && !in_.substr(at_).starts_with("(?:"))
      return false;
    ++at_;
    if (free_spacing_ && (c == ' ' || (c >= '\t' && c <= '\r'))) return true;
    out_ += c;
    return true;
  }

  bool escape(std::string& out) {
    if (at_ + 1 >= in_.size()) return false;
    const char c = in_[at_ + 1];
    if (c >= '1' && c <= '9') return false;  // a back-reference
    at_ += 2;
    switch (c) {
      case 'i':
        out += fmt::format("[{}]", name_start);
        return true;
      case 'I':
        out += fmt::format("[^{}]", name_start);
        return true;
      case 'c':
        out += fmt::format("[{}{}]", name_start, name_rest);
        return true;
      case 'C':
        out += fmt::format("[^{}{}]", name_start, name_rest);
        return true;
      case 'd':
        out += "\\p{Nd}";
        return true;
      case 'D':
        out += "\\P{Nd}";
        return true;
      case 'w':
        out += "[^\\pP\\pZ\\pC]";
        return true;
      case 'W':
        out += "[\\pP\\pZ\\pC]";
        return true;
      default:
        break;
    }
    // Only what XPath knows; RE2 has more (\b, \A, \Q), which must not slip in.
    if (std::string_view("nrtsSpP\\|.?*+(){}-[]^$").find(c) == std::string_view::npos) return false;
    (out += '\\') += c;
    return true;
  }

  bool character_class() {
    const auto end = class_end(at_);
    if (!end) return false;
    const std::string_view whole = in_.substr(at_, *end - at_);
    const bool subtracts = whole.find("-[") != whole.npos && whole.ends_with("]]");
    if (!subtracts) {
      at_ = *end;
      return copy_class(whole);
    }
    const auto ranges = subtracted(whole, 0);
    if (!ranges || ranges->empty()) return false;
    out_ += '[';
    for (const auto& [low, high] : *ranges)
      out_ += fmt::format("\\x{{{:X}}}-\\x{{{:X}}}", static_cast<std::uint32_t>(low),
                          static_cast<std::uint32_t>(high));
    out_ += ']';
    at_ = *end;
    return true;
  }

  bool copy_class(std::string_view whole) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const char c = whole[i];
      if (c == '\\' && i + 1 < whole.size()) {
        const char next = whole[++i];
        if (next == 'i') out_ += name_start;
        else if (next == 'c') (out_ += name_start) += name_rest;
        else if (next == 'd') out_ += "\\p{Nd}";
        else (out_ += '\\') += next;
      } else if (c == '[' && i > 0) {
        return false;
      } else {
        out_ += c;
      }
    }
    return true;
  }

  /// One past the ']' that closes the class at `from`.
  [[nodiscard]] std::optional<std::size_t> class_end(std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < in_.size(); ++i) {
      if (in_[i] == '\\') ++i;
      else if (in_[i] == '[') ++depth;
      else if (in_[i] == ']' && --depth == 0) return i + 1;
    }
    return std::nullopt;
  }

  static std::optional<char32_t> take_character(std::string_view text, std::size_t& at) {
    if (at < text.size() && text[at] == '\\') {
      if (++at >= text.size()) return std::nullopt;
      const char c = text[at++];
      if (c == 'n') return '\n';
      if (c == 'r') return '\r';
      if (c == 't') return '\t';
      return std::string_view("\\|.?*+(){}-[]^$").find(c) == std::string_view::npos
                 ? std::nullopt
                 : std::optional<char32_t>(c);
    }
    if (at >= text.size()) return std::nullopt;
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t value = length == 1 ? first : first & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i)
      value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    at += length;
    return value;
  }

  /// The code points of "[…]", "[^…]" or "[…-[…]]" with single characters and ranges only.
  static std::optional<Ranges> subtracted(std::string_view whole, int depth) {
    constexpr int deepest = 8;
    if (depth > deepest || whole.size() < 3) return std::nullopt;
    std::string_view inside = whole.substr(1, whole.size() - 2);
    Ranges minus;
    if (const std::size_t cut = inside.find("-["); cut != inside.npos && inside.ends_with(']')) {
      const auto inner = subtracted(inside.substr(cut + 1), depth + 1);
      if (!inner) return std::nullopt;
      minus = *inner;
      inside = inside.substr(0, cut);
    }
    const bool negated = inside.starts_with('^');
    if (negated) inside.remove_prefix(1);
    Ranges ranges;
    for (std::size_t at = 0; at < inside.size();) {
      const auto low = take_character(inside, at);
      if (!low) return std::nullopt;
      auto high = low;
      if (at + 1 < inside.size() && inside[at] == '-') high = take_character(inside, ++at);
      if (!high || *high < *low) return std::nullopt;
      ranges.emplace_back(*low, *high);
    }
    return without(negated ? without({{0, 0x10FFFF}}, ranges) : ranges, minus);
  }

  static Ranges without(Ranges ranges, const Ranges& minus) {
    for (const auto& [from, to] : minus) {
      Ranges kept;
      for (const auto& [low, high] : ranges) {
        if (low < from) kept.emplace_back(low, std::min<char32_t>(high, from - 1));
        if (high > to) kept.emplace_back(std::max<char32_t>(low, to + 1), high);
      }
      ranges = std::move(kept);
    }
    return ranges;
  }

  std::string_view in_;
  bool free_spacing_;
  std::size_t at_ = 0;
  std::string out_;
};

std::shared_ptr<const Regex> compile(const std::string& pattern, const std::string& flags) {
  if (flags.find_first_not_of("smixq") != flags.npos) return nullptr;
  const auto has = [&](char flag) { return flags.find(flag) != flags.npos; };
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(4 << 20);
  options.set_case_sensitive(!has('i'));
  options.set_literal(has('q'));
  std::string translated = pattern;
  if (!has('q')) {
    auto text = Translator(pattern, has('x')).run();
    if (!text) return nullptr;
    translated = fmt::format("{}{}{}", has('s') ? "(?s)" : "", has('m') ? "(?m)" : "", *text);
  }
  auto regex = std::make_shared<Regex>(translated, options);
  return regex->re2.ok() ? regex : nullptr;
}

/// A rule's patterns are few and constant: the last ones are kept, by pattern and flags.
class Cache {
 public:
  std::shared_ptr<const Regex> get(const std::string& pattern, const std::string& flags) {
    constexpr std::size_t most = 256;
    const std::pair key(pattern, flags);
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = compiled_.find(key); found != compiled_.end()) return found->second;
    }
    auto regex = compile(pattern, flags);
    const std::scoped_lock lock(mutex_);
    if (compiled_.size() >= most) compiled_.clear();
    return compiled_.emplace(key, std::move(regex)).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Regex>> compiled_;
};

/// "$1" is a group, "\$" and "\\" are themselves; nullopt for anything else with \ or $.
std::optional<std::string> expand(std::string_view replacement,
                                  std::span<const re2::StringPiece> groups) {
  std::string out;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c != '$' && c != '\\') {
      out += c;
      continue;
    }
    if (++i >= replacement.size()) return std::nullopt;
    const char next = replacement[i];
    if (c == '\\' && (next == '$' || next == '\\')) {
      out += next;
      continue;
    }
    if (c == '\\' || next < '0' || next > '9') return std::nullopt;
    std::size_t group = static_cast<std::size_t>(next - '0');
    while (i + 1 < replacement.size() && replacement[i + 1] >= '0' && replacement[i + 1] <= '9' &&
           group * 10 + static_cast<std::size_t>(replacement[i + 1] - '0') < groups.size())
      group = group * 10 + static_cast<std::size_t>(replacement[++i] - '0');
    if (group < groups.size()) out.append(groups[group].data(), groups[group].size());
  }
  return out;
}
}  // namespace

std::shared_ptr<const Regex> compile_regex(Machine& machine, const std::string& pattern,
                                           const std::string& flags) {
  constexpr std::size_t longest = 4'000;
  static Cache cache;
  auto regex = pattern.size() > longest || !is_utf8(pattern) ? nullptr : cache.get(pattern, flags);
  if (!regex)
    machine.null("a pattern is not an XPath regular expression that can be run in linear time");
  return regex;
}

bool regex_matches(const Regex& regex, std::string_view text) {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex.re2);
}

std::optional<std::string> regex_replace(Machine& machine, const Regex& regex,
                                         std::string_view text, std::string_view replacement) {
  const re2::StringPiece whole(text.data(), text.size());
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(regex.re2.NumberOfCapturingGroups()) + 1);
  const auto count = static_cast<int>(groups.size());
  if (regex.re2.Match("", 0, 0, RE2::UNANCHORED, nullptr, 0))
    return std::nullopt;  // FORX0003: matches nothing
  std::string out;
  std::size_t at = 0;
  while (at <= text.size() && machine.step() &&
         regex.re2.Match(whole, at, text.size(), RE2::UNANCHORED, groups.data(), count)) {
    const auto from = static_cast<std::size_t>(groups[0].data() - text.data());
    if (groups[0].empty()) break;
    const auto expanded = expand(replacement, groups);
    if (!expanded || !machine.allow_text(expanded->size() + from - at)) return std::nullopt;
    out.append(text, at, from - at) += *expanded;
    at = from + groups[0].size();
  }
  return out.append(text.substr(std::min(at, text.size())));
}

std::vector<std::string> regex_split(const Regex& regex, std::string_view text) {
  std::vector<std::string> parts;
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece match;
  std::size_t from = 0, at = 0;
  while (at < text.size() && regex.re2.Match(whole, at, text.size(), RE2::UNANCHORED, &match, 1)) {
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    if (match.empty()) {
      at = begin + 1;
      continue;
    }
    parts.emplace_back(text.substr(from, begin - from));
    from = at = begin + match.size();
  }
  parts.emplace_back(text.substr(from));
  return parts;
}

}  // namespace minben::rules
