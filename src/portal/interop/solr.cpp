#include "solr.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace minben::interop {

using catalogue::Condition;
using catalogue::Field;
using catalogue::Moment;
using catalogue::Order;

namespace {

constexpr std::size_t longest_query = 8u << 10;
constexpr int deepest = 50;
constexpr int most_clauses = 500;

Error syntax(std::string_view why) { return fail(Kind::invalid, "query_syntax", why).error(); }

// ---------------------------------------------------------------------------------------- words

struct Token {
  enum class Kind {
    word,
    phrase,
    open,
    close,
    field,
    range,
    plus,
    minus,
    op_and,
    op_or,
    op_not,
    end
  };
  Kind kind = Kind::end;
  std::string text{};   ///< unescaped; of ranges the lower end
  std::string upper{};  ///< of ranges
  bool wild = false;    ///< has a * or ? that was not escaped
  bool includes_lower = true;
  bool includes_upper = true;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<Token> next() {
    skip();
    if (at_ == text_.size()) return Token{};
    const char c = text_[at_];
    if (c == '(') return single(Token::Kind::open);
    if (c == ')') return single(Token::Kind::close);
    if (c == '+') return single(Token::Kind::plus);
    if (c == '-') return single(Token::Kind::minus);
    if (c == '!') return single(Token::Kind::op_not);
    if (c == '"') return phrase();
    if (c == '[' || c == '{') return range();
    if (text_.substr(at_).starts_with("&&")) return twice(Token::Kind::op_and);
    if (text_.substr(at_).starts_with("||")) return twice(Token::Kind::op_or);
    return word();
  }

 private:
  void skip() {
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) <= ' ') ++at_;
  }
  Token single(Token::Kind kind) {
    ++at_;
    return {.kind = kind};
  }
  Token twice(Token::Kind kind) {
    at_ += 2;
    return {.kind = kind};
  }
  /// "~2" and "^3.5" behind a word or phrase: fuzziness and weight, which narrow nothing.
  void skip_modifiers() {
    while (at_ < text_.size() && (text_[at_] == '~' || text_[at_] == '^')) {
      ++at_;
      while (at_ < text_.size() &&
             (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '.'))
        ++at_;
    }
  }
  Result<Token> phrase() {
    Token token{.kind = Token::Kind::phrase};
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      token.text += text_[at_];
    }
    if (at_ == text_.size()) return fail(syntax("a quote is not closed"));
    ++at_;
    skip_modifiers();
    return token;
  }
  std::string range_end() {
    skip();
    std::string out;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) out += text_[at_];
      at_ += at_ < text_.size() ? 1 : 0;
      return out;
    }
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ']' && text_[at_] != '}') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    return out;
  }
  Result<Token> range() {
    Token token{.kind = Token::Kind::range};
    token.includes_lower = text_[at_++] == '[';
    token.text = range_end();
    skip();
    if (!text_.substr(at_).starts_with("TO "))
      return fail(syntax("a range is written [from TO to]"));
    at_ += 3;
    token.upper = range_end();
    skip();
    if (at_ == text_.size() || (text_[at_] != ']' && text_[at_] != '}'))
      return fail(syntax("a range is not closed"));
    token.includes_upper = text_[at_++] == ']';
    if (token.text.empty() || token.upper.empty()) return fail(syntax("a range has two ends"));
    return token;
  }
  Result<Token> word() {
    Token token{.kind = Token::Kind::word};
    constexpr std::string_view ends = "()\"[]{}:^~";
    bool escaped = false;
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) > ' ' &&
           !ends.contains(text_[at_])) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        escaped = true;
      } else if (text_[at_] == '*' || text_[at_] == '?') {
        token.wild = true;
      }
      token.text += text_[at_++];
    }
    if (at_ < text_.size() && text_[at_] == ':' && !token.text.empty()) {
      ++at_;
      token.kind = Token::Kind::field;
      return token;
    }
    skip_modifiers();
    if (token.text.empty()) return fail(syntax(fmt::format("unexpected '{}'", text_[at_])));
    if (!escaped && token.text == "AND") token.kind = Token::Kind::op_and;
    if (!escaped && token.text == "OR") token.kind = Token::Kind::op_or;
    if (!escaped && token.text == "NOT") token.kind = Token::Kind::op_not;
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// ---------------------------------------------------------------------------------------- dates

std::optional<microseconds> unit_of(std::string_view name) {
  if (name.ends_with('S')) name.remove_suffix(1);
  if (name == "SECOND") return seconds{1};
  if (name == "MINUTE") return minutes{1};
  if (name == "HOUR") return hours{1};
  if (name == "DAY" || name == "DATE") return days{1};
  if (name == "MILLI" || name == "MILLISECOND") return milliseconds{1};
  return std::nullopt;
}

/// Months and years have no fixed length.
Instant moved(Instant at, int count, bool years) {
  const auto day = std::chrono::floor<days>(at);
  const Date date{day};
  return Instant{std::chrono::sys_days{years ? add_years(date, count) : add_months(date, count)}} +
         (at - day);
}

Result<Instant> date_math(Instant at, std::string_view rest) {
  while (!rest.empty()) {
    const char sign = rest.front();
    rest.remove_prefix(1);
    const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto count = parse_integer(rest.substr(0, digits), 0, 1'000'000).value_or(1);
    rest.remove_prefix(digits);
    const auto letters =
        std::min(rest.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), rest.size());
    const std::string_view name = rest.substr(0, letters);
    rest.remove_prefix(letters);
    const bool month = name == "MONTH" || name == "MONTHS",
               year = name == "YEAR" || name == "YEARS";
    const auto unit = unit_of(name);
    if ((sign != '+' && sign != '-' && sign != '/') || (!unit && !month && !year))
      return fail(syntax(fmt::format("date arithmetic: {}", name)));
    if (sign == '/') {
      const Date day{std::chrono::floor<days>(at)};
      if (year) at = Instant{std::chrono::sys_days{day.year() / 1 / 1}};
      else if (month) at = Instant{std::chrono::sys_days{day.year() / day.month() / 1}};
      else at = Instant{at.time_since_epoch() / *unit * *unit};
      continue;
    }
    const int by = static_cast<int>(sign == '-' ? -count : count);
    if (month || year) {
      if (count > 12'000) return fail(syntax("too far away"));
      at = moved(at, by, year);
    } else {
      at += by * *unit;
    }
  }
  return at;
}

Result<std::optional<Instant>> read_date(const std::string& text, Instant now) {
  if (text == "*") return std::nullopt;
  if (text.starts_with("NOW")) {
    MINBEN_TRY(at, date_math(now, std::string_view(text).substr(3)));
    return std::optional(at);
  }
  const auto z = text.find('Z');
  if (z != text.npos && z + 1 < text.size()) {
    MINBEN_TRY(from, parse_instant(text.substr(0, z + 1)));
    MINBEN_TRY(at, date_math(from, std::string_view(text).substr(z + 1)));
    return std::optional(at);
  }
  if (auto at = parse_instant(text)) return std::optional(*at);
  if (auto at = parse_instant(text + "Z"))
    return std::optional(*at);  // CKAN's own dates have no zone
  if (const auto day = parse_date(text)) return std::optional(Instant{std::chrono::sys_days{*day}});
  return fail(syntax(fmt::format("not a date: {}", text)));
}

// --------------------------------------------------------------------------------------- fields

struct Known {
  std::string_view name;
  Field field;
};
constexpr std::array<Known, 10> fields{{{"organization", Field::publisher},
                                        {"owner_org", Field::publisher},
                                        {"groups", Field::category},
                                        {"tags", Field::keyword},
                                        {"res_format", Field::format},
                                        {"license_id", Field::licence},
                                        {"license", Field::licence},
                                        {"name", Field::name},
                                        {"id", Field::id},
                                        {"series", Field::series}}};

Condition nothing() { return {.kind = Condition::Kind::none, .parts = {Condition{}}}; }
Condition when(bool holds) { return holds ? Condition{} : nothing(); }

Condition words(std::string text) {
  return {.kind = Condition::Kind::words, .value = std::move(text)};
}

class Parser {
 public:
  Parser(std::string_view text, Instant now) : lexer_(text), now_(now) {}

  Result<Condition> run(std::string* bare) {
    bare_ = bare;
    MINBEN_CHECK(advance());
    if (token_.kind == Token::Kind::end) return Condition{};
    MINBEN_TRY(condition, any_of(0, bare != nullptr));
    if (token_.kind != Token::Kind::end) return fail(syntax("a parenthesis too many"));
    return condition;
  }

 private:
  Result<void> advance() {
    MINBEN_TRY(token, lexer_.next());
    token_ = std::move(token);
    return {};
  }
  [[nodiscard]] bool is(Token::Kind kind) const { return token_.kind == kind; }

  /// `top`: words here are wanted by the whole query, and may be ranked by.
  Result<Condition> any_of(int depth, bool top) {
    if (depth > deepest) return fail(Kind::invalid, "query_too_large", "nested too deeply");
    std::vector<Condition> parts;
    std::string outer_words = bare_ ? *bare_ : std::string();
    MINBEN_TRY(first, all_of(depth, top));
    parts.push_back(std::move(first));
    while (is(Token::Kind::op_or)) {
      if (top && bare_ &&
          *bare_ != outer_words) {  // an alternative: then its words are a condition
        parts[0] = Condition::all({std::move(parts[0]), words(*bare_)});
        *bare_ = outer_words;
      }
      top = false;
      MINBEN_CHECK(advance());
      MINBEN_TRY(other, all_of(depth, false));
      parts.push_back(std::move(other));
    }
    return parts.size() == 1 ? std::move(parts[0]) : Condition::any(std::move(parts));
  }

  [[nodiscard]] bool at_end() const {
    return is(Token::Kind::end) || is(Token::Kind::close) || is(Token::Kind::op_or);
  }

  Result<Condition> all_of(int depth, bool top) {
    std::vector<Condition> parts;
    while (!at_end()) {
      if (is(Token::Kind::op_and)) {
        if (parts.empty() && !took_words_) return fail(syntax("AND stands between two"));
        MINBEN_CHECK(advance());
        if (at_end() || is(Token::Kind::op_and)) return fail(syntax("AND stands between two"));
      }
      MINBEN_TRY(part, one(depth, top));
      if (part.kind != Condition::Kind::everything) parts.push_back(std::move(part));
    }
    if (parts.empty()) return Condition{};
    return parts.size() == 1 ? std::move(parts[0]) : Condition::all(std::move(parts));
  }

  Result<Condition> one(int depth, bool top) {
    if (++clauses_ > most_clauses)
      return fail(Kind::invalid, "query_too_large", "too many clauses");
    if (is(Token::Kind::plus)) MINBEN_CHECK(advance());
    if (is(Token::Kind::minus) || is(Token::Kind::op_not)) {
      if (depth > deepest) return fail(Kind::invalid, "query_too_large", "nested too deeply");
      MINBEN_CHECK(advance());
      if (at_end()) return fail(syntax("NOT stands before something"));
      MINBEN_TRY(denied, one(depth + 1, false));
      return Condition{.kind = Condition::Kind::none, .parts = {std::move(denied)}};
    }
    if (is(Token::Kind::open)) return group(depth, top);
    if (is(Token::Kind::field)) return field_clause(depth);
    if (is(Token::Kind::word) || is(Token::Kind::phrase)) return bare_word(top);
    return fail(syntax("unexpected here"));
  }

  Result<Condition> group(int depth, bool top) {
    MINBEN_CHECK(advance());
    MINBEN_TRY(inside, any_of(depth + 1, top));
    if (!is(Token::Kind::close)) return fail(syntax("a parenthesis is not closed"));
    MINBEN_CHECK(advance());
    return inside;
  }

  Result<Condition> bare_word(bool top) {
    const std::string text = token_.text;
    const bool everything = token_.kind == Token::Kind::word && text == "*";
    MINBEN_CHECK(advance());
    took_words_ = true;
    if (everything) return Condition{};
    if (top && bare_) {
      if (!bare_->empty()) *bare_ += ' ';
      *bare_ += text;
      return Condition{};
    }
    return words(text);
  }

  Result<Condition> field_clause(int depth) {
    const std::string name = token_.text;
    MINBEN_CHECK(advance());
    took_words_ = true;
    if (!is(Token::Kind::open)) return value(name);
    MINBEN_CHECK(advance());
    MINBEN_TRY(inside, values(name, depth + 1));
    if (!is(Token::Kind::close)) return fail(syntax("a parenthesis is not closed"));
    MINBEN_CHECK(advance());
    return inside;
  }

  /// field:(a OR b), field:(+a -b), field:(a b).
  Result<Condition> values(const std::string& name, int depth) {
    if (depth > deepest) return fail(Kind::invalid, "query_too_large", "nested too deeply");
    std::vector<Condition> alternatives, together;
    while (!is(Token::Kind::close) && !is(Token::Kind::end)) {
      if (++clauses_ > most_clauses)
        return fail(Kind::invalid, "query_too_large", "too many clauses");
      if (is(Token::Kind::op_or)) {
        MINBEN_CHECK(advance());
        alternatives.push_back(Condition::all(std::move(together)));
        together.clear();
        continue;
      }
      if (is(Token::Kind::op_and) || is(Token::Kind::plus)) {
        MINBEN_CHECK(advance());
        continue;
      }
      const bool denied = is(Token::Kind::minus) || is(Token::Kind::op_not);
      if (denied) MINBEN_CHECK(advance());
      Condition part;
      if (is(Token::Kind::open)) {
        MINBEN_CHECK(advance());
        MINBEN_TRY(inside, values(name, depth + 1));
        if (!is(Token::Kind::close)) return fail(syntax("a parenthesis is not closed"));
        MINBEN_CHECK(advance());
        part = std::move(inside);
      } else {
        MINBEN_TRY(single, value(name));
        part = std::move(single);
      }
      if (denied) part = Condition{.kind = Condition::Kind::none, .parts = {std::move(part)}};
      together.push_back(std::move(part));
    }
    if (together.empty() && alternatives.empty()) return fail(syntax("nothing in the parentheses"));
    alternatives.push_back(Condition::all(std::move(together)));
    return alternatives.size() == 1 ? std::move(alternatives[0])
                                    : Condition::any(std::move(alternatives));
  }

  Result<Condition> value(const std::string& name) {
    Token token = token_;
    if (!is(Token::Kind::word) && !is(Token::Kind::phrase) && !is(Token::Kind::range))
      return fail(syntax(fmt::format("{} has no value", name)));
    MINBEN_CHECK(advance());
    if (name == "*") return Condition{};
    if (name == "metadata_modified" || name == "metadata_created") return dates(name, token);
    if (token.kind == Token::Kind::range) return range_of(name, token);
    for (const Known& known : fields)
      if (known.name == name) return of_field(known.field, token);
    return of_other(name, token);
  }

  Result<Condition> dates(const std::string& name, const Token& token) {
    Condition condition{.kind = Condition::Kind::between};
    condition.moment = name == "metadata_created" ? Moment::created : Moment::modified;
    if (token.kind != Token::Kind::range && token.text == "*") return Condition{};
    MINBEN_TRY(from, read_date(token.text, now_));
    MINBEN_TRY(to, read_date(token.kind == Token::Kind::range ? token.upper : token.text, now_));
    condition.from = from;
    condition.to = to;
    if (from && !token.includes_lower) *condition.from += microseconds{1};
    if (to && !token.includes_upper) *condition.to -= microseconds{1};
    return condition;
  }

  /// field:[* TO *] is how Solr asks for any value.
  static Result<Condition> range_of(const std::string& name, const Token& token) {
    if (token.text != "*" || token.upper != "*")
      return fail(Kind::invalid, "query_syntax", fmt::format("{} is not compared by size", name));
    for (const Known& known : fields)
      if (known.name == name) return Condition{.kind = Condition::Kind::has, .field = known.field};
    return Condition{};
  }

  static Condition of_field(Field field, const Token& token) {
    if (token.wild && token.text == "*") return {.kind = Condition::Kind::has, .field = field};
    if (token.wild) return {.kind = Condition::Kind::like, .field = field, .value = token.text};
    return Condition::is(field, token.text);
  }

  static Result<Condition> of_other(const std::string& name, const Token& token) {
    if (token.wild && token.text == "*") return Condition{};
    if (name == "title" || name == "title_string") return words("title:" + token.text);
    for (const std::string_view text :
         {"text", "notes", "author", "maintainer", "res_name", "res_description", "extras"})
      if (name == text) return words(token.text);
    if (name == "state") return when(token.text == "active");
    if (name == "private") return when(to_lower_ascii(token.text) == "false");
    if (name == "capacity") return when(token.text == "public");
    if (name == "type" || name == "dataset_type") return when(token.text == "dataset");
    if (name == "entity_type") return when(token.text == "package");
    if (name == "site_id") return Condition{};
    if (name.starts_with("extras_") || name.starts_with("vocab_")) return nothing();
    return fail(Kind::invalid, "undefined_field", fmt::format("undefined field {}", name), name);
  }

  Lexer lexer_;
  Instant now_;
  Token token_{};
  std::string* bare_ = nullptr;
  int clauses_ = 0;
  bool took_words_ = false;
};

}  // namespace

Result<SolrQuery> read_solr(std::string_view q, std::span<const std::string> filters, Instant now) {
  SolrQuery query;
  std::size_t size = q.size();
  for (const std::string& each : filters) size += each.size();
  if (size > longest_query)
    return fail(Kind::invalid, "query_too_large", fmt::format("more than {} bytes", longest_query));
  std::vector<Condition> conditions;
  MINBEN_TRY(asked, Parser(q, now).run(&query.words));
  if (asked.kind != Condition::Kind::everything) conditions.push_back(std::move(asked));
  for (const std::string& each : filters) {
    MINBEN_TRY(condition, Parser(each, now).run(nullptr));
    if (condition.kind != Condition::Kind::everything) conditions.push_back(std::move(condition));
  }
  if (!conditions.empty()) query.where = Condition::all(std::move(conditions));
  return query;
}

Result<std::pair<Order, bool>> read_sort(std::string_view sort) {
  const std::string_view first = trim(sort.substr(0, sort.find(',')));
  if (first.empty()) return std::pair{Order::relevance, true};
  const auto space = first.find(' ');
  const std::string_view field = first.substr(0, space);
  const std::string way = space == first.npos ? "asc" : to_lower_ascii(trim(first.substr(space)));
  if (way != "asc" && way != "desc") return fail(Kind::invalid, "bad_sort", "asc or desc", "sort");
  const bool descending = way == "desc";
  if (field == "score" || field == "rank" || field == "relevance")
    return std::pair{Order::relevance, true};
  if (field == "metadata_modified" || field == "last_modified")
    return std::pair{Order::modified, descending};
  if (field == "metadata_created") return std::pair{Order::created, descending};
  if (field == "title" || field == "title_string") return std::pair{Order::title, descending};
  if (field == "name" || field == "id") return std::pair{Order::name, descending};
  if (field == "views_recent" || field == "views_total" || field == "popularity")
    return std::pair{Order::popular, descending};
  return fail(Kind::invalid, "bad_sort", fmt::format("no sort by {}", field), "sort");
}

std::optional<Field> facet_field(std::string_view name) {
  for (const Known& known : fields)
    if (known.name == name && known.field != Field::name && known.field != Field::id)
      return known.field;
  return std::nullopt;
}

}  // namespace minben::interop
