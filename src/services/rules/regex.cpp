// XPath regular expressions (DMN 1.5 §10.3.4.3). RE2 runs them in time linear in the text; the few
// with back-references go to ICU's backtracking engine under a bound on steps and stack.
#include <map>
#include <mutex>

#include <re2/re2.h>
#include <unicode/regex.h>
#include <unicode/utext.h>

#include "builtin.hpp"
#include "core/text.hpp"
#include "regex_translate.hpp"

namespace minben::rules {

class Regex {
 public:
  enum class Found { no, yes, gave_up };
  virtual ~Regex() = default;
  /// The first match at or after `from`; as many of its groups as `groups` has room for, the whole
  /// match first. A group that took no part is empty.
  virtual Found find(std::string_view text, std::size_t from,
                     std::span<std::string_view> groups) const = 0;
  [[nodiscard]] virtual std::size_t groups() const = 0;
};

namespace {

class LinearRegex final : public Regex {
 public:
  LinearRegex(const std::string& pattern, const RE2::Options& options) : re2_(pattern, options) {}
  [[nodiscard]] bool ok() const { return re2_.ok(); }

  Found find(std::string_view text, std::size_t from,
             std::span<std::string_view> groups) const override {
    std::vector<re2::StringPiece> pieces(groups.size());
    const re2::StringPiece whole(text.data(), text.size());
    if (!re2_.Match(whole, from, text.size(), RE2::UNANCHORED, pieces.data(),
                    static_cast<int>(pieces.size())))
      return Found::no;
    for (std::size_t i = 0; i < pieces.size(); ++i)
      groups[i] = std::string_view(pieces[i].data(), pieces[i].size());
    return Found::yes;
  }
  [[nodiscard]] std::size_t groups() const override {
    return static_cast<std::size_t>(re2_.NumberOfCapturingGroups());
  }

 private:
  RE2 re2_;
};

class BacktrackingRegex final : public Regex {
 public:
  explicit BacktrackingRegex(std::unique_ptr<icu::RegexPattern> pattern)
      : pattern_(std::move(pattern)) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(status));
    groups_ = U_SUCCESS(status) ? static_cast<std::size_t>(matcher->groupCount()) : 0;
  }

  Found find(std::string_view text, std::size_t from,
             std::span<std::string_view> groups) const override {
    constexpr std::int32_t most_steps = 200;  // of about a millisecond
    constexpr std::int32_t most_stack_bytes = 4 << 20;
    UErrorCode status = U_ZERO_ERROR;
    UText input = UTEXT_INITIALIZER;
    utext_openUTF8(&input, text.data(), static_cast<std::int64_t>(text.size()), &status);
    const std::unique_ptr<UText, decltype(&utext_close)> closing(&input, &utext_close);
    const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(status));
    if (U_FAILURE(status)) return Found::gave_up;
    matcher->setTimeLimit(most_steps, status);
    matcher->setStackLimit(most_stack_bytes, status);
    matcher->reset(&input);
    const bool found = matcher->find(static_cast<std::int64_t>(from), status);
    if (U_FAILURE(status)) return Found::gave_up;
    if (!found) return Found::no;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto number = static_cast<std::int32_t>(i);
      const std::int64_t begin = matcher->start64(number, status);
      groups[i] =
          begin < 0 ? std::string_view()
                    : text.substr(static_cast<std::size_t>(begin),
                                  static_cast<std::size_t>(matcher->end64(number, status) - begin));
    }
    return Found::yes;
  }
  [[nodiscard]] std::size_t groups() const override { return groups_; }

 private:
  std::unique_ptr<icu::RegexPattern> pattern_;
  std::size_t groups_ = 0;
};

std::shared_ptr<const Regex> compile_linear(const std::string& text, const RegexFlags& flags) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(4 << 20);
  options.set_case_sensitive(!flags.ignore_case);
  options.set_literal(flags.literal);
  const std::string modes =
      std::string(flags.dot_all ? "(?s)" : "") + (flags.multiline ? "(?m)" : "");
  auto regex = std::make_shared<LinearRegex>(flags.literal ? text : modes + text, options);
  return regex->ok() ? regex : nullptr;
}

std::shared_ptr<const Regex> compile_backtracking(const std::string& text,
                                                  const RegexFlags& flags) {
  const std::uint32_t modes =
      UREGEX_UNIX_LINES | (flags.ignore_case ? UREGEX_CASE_INSENSITIVE : 0) |
      (flags.dot_all ? UREGEX_DOTALL : 0) | (flags.multiline ? UREGEX_MULTILINE : 0);
  UErrorCode status = U_ZERO_ERROR;
  UParseError place;
  std::unique_ptr<icu::RegexPattern> pattern(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(text), modes, place, status));
  if (U_FAILURE(status)) return nullptr;
  return std::make_shared<BacktrackingRegex>(std::move(pattern));
}

std::shared_ptr<const Regex> compile(const std::string& pattern, const std::string& flag_letters) {
  const auto flags = RegexFlags::parse(flag_letters);
  const auto translated = flags ? translate_regex(pattern, *flags) : std::nullopt;
  if (!translated) return nullptr;
  return translated->refers_back ? compile_backtracking(translated->text, *flags)
                                 : compile_linear(translated->text, *flags);
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
                                  std::span<const std::string_view> groups) {
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
    if (group < groups.size()) out += groups[group];
  }
  return out;
}

void gave_up(Machine& machine) { machine.null("a pattern with back-references takes too long"); }
}  // namespace

std::shared_ptr<const Regex> compile_regex(Machine& machine, const std::string& pattern,
                                           const std::string& flags) {
  constexpr std::size_t longest = 4'000;
  static Cache cache;
  auto regex = pattern.size() > longest || !is_utf8(pattern) ? nullptr : cache.get(pattern, flags);
  if (!regex) machine.null("a pattern is not an XPath regular expression");
  return regex;
}

std::optional<bool> regex_matches(Machine& machine, const Regex& regex, std::string_view text) {
  const auto found = regex.find(text, 0, {});
  if (found != Regex::Found::gave_up) return found == Regex::Found::yes;
  gave_up(machine);
  return std::nullopt;
}

namespace {

/// Calls `each` with the groups of every match in order; false when a match would be empty
/// (FORX0003), a bound was reached, or `each` said so.
bool for_matches(Machine& machine, const Regex& regex, std::string_view text,
                 std::span<std::string_view> groups, const auto& each) {
  if (regex.find("", 0, {}) != Regex::Found::no) return false;
  for (std::size_t at = 0; at <= text.size();) {
    const auto found = regex.find(text, at, groups);
    if (found == Regex::Found::gave_up) gave_up(machine);
    if (found != Regex::Found::yes) return found == Regex::Found::no;
    if (groups[0].empty() || !machine.step()) return !groups[0].empty();
    const auto from = static_cast<std::size_t>(groups[0].data() - text.data());
    if (!each(at, from)) return false;
    at = from + groups[0].size();
  }
  return true;
}

}  // namespace

std::optional<std::string> regex_replace(Machine& machine, const Regex& regex,
                                         std::string_view text, std::string_view replacement) {
  std::vector<std::string_view> groups(regex.groups() + 1);
  std::string out;
  std::size_t behind = 0;
  const bool whole =
      for_matches(machine, regex, text, groups, [&](std::size_t at, std::size_t from) {
        const auto expanded = expand(replacement, groups);
        if (!expanded || !machine.allow_text(expanded->size() + from - at)) return false;
        out.append(text, at, from - at) += *expanded;
        behind = from + groups[0].size();
        return true;
      });
  if (!whole) return std::nullopt;
  return out.append(text.substr(behind));
}

std::optional<std::vector<std::string>> regex_split(Machine& machine, const Regex& regex,
                                                    std::string_view text) {
  std::vector<std::string_view> groups(1);
  std::vector<std::string> parts;
  std::size_t behind = 0;
  const bool whole =
      for_matches(machine, regex, text, groups, [&](std::size_t at, std::size_t from) {
        parts.emplace_back(text.substr(at, from - at));
        behind = from + groups[0].size();
        return true;
      });
  if (!whole) return std::nullopt;
  parts.emplace_back(text.substr(behind));
  return parts;
}

}  // namespace minben::rules
