#include "text_search.hpp"

#include "filters.hpp"
#include "impl.hpp"

namespace minben::datastore {

namespace {

constexpr std::size_t max_bytes = 1'000;
constexpr std::size_t max_words = 32;
constexpr int max_depth = 16;

std::unexpected<Error> bad(std::string_view what) {
  return fail(Kind::invalid, "bad_query_text", what, "q");
}

/// Reads "a & (b | !c)" and writes the condition; what stands beside each other is joined by "and".
class Reader {
 public:
  Reader(Sql& sql, std::string_view text, bool plain, std::vector<std::string> columns)
      : sql_(sql), text_(text), plain_(plain), columns_(std::move(columns)) {}

  Result<void> read() {
    MINBEN_CHECK(alternatives(0));
    if (at_ < text_.size()) return bad("a parenthesis too many");
    return {};
  }
  [[nodiscard]] std::size_t words() const { return words_; }

 private:
  Result<void> alternatives(int depth) {
    if (depth > max_depth) return bad("nested too deeply");
    sql_.text += '(';
    MINBEN_CHECK(together(depth));
    while (take('|')) {
      sql_.text += " or ";
      MINBEN_CHECK(together(depth));
    }
    sql_.text += ')';
    return {};
  }

  Result<void> together(int depth) {
    bool first = true;
    while (true) {
      skip_spaces();
      if (at_ >= text_.size() || (!plain_ && (text_[at_] == ')' || text_[at_] == '|'))) break;
      if (!first) sql_.text += " and ";
      first = false;
      MINBEN_CHECK(one(depth));
      take('&');
    }
    if (first) sql_.text += "true";
    return {};
  }

  Result<void> one(int depth) {
    while (take('!')) sql_.text += "not ";
    if (take('(')) {
      MINBEN_CHECK(alternatives(depth + 1));
      if (!take(')')) return bad("a parenthesis is not closed");
      return {};
    }
    return word();
  }

  Result<void> word() {
    const std::size_t from = at_;
    while (at_ < text_.size() && !ends_word(text_[at_])) ++at_;
    std::string_view found = text_.substr(from, at_ - from);
    if (!plain_) found = found.substr(0, found.find(":*"));
    if (found.empty()) return bad("an operator without a word");
    if (++words_ > max_words) return bad("at most 32 words");
    const std::string parameter = sql_.add(std::string(found));
    sql_.text += '(';
    for (std::size_t i = 0; i < columns_.size(); ++i)
      sql_.text += fmt::format("{}coalesce(contains(lower({}), lower({}::varchar)), false)",
                               i == 0 ? "" : " or ", columns_[i], parameter);
    sql_.text += columns_.empty() ? "false)" : ")";
    return {};
  }

  [[nodiscard]] bool ends_word(char c) const {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return true;
    return !plain_ && (c == '&' || c == '|' || c == '!' || c == '(' || c == ')');
  }
  void skip_spaces() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string::npos)
      ++at_;
  }
  bool take(char c) {
    if (plain_) return false;
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Sql& sql_;
  std::string_view text_;
  bool plain_;
  std::vector<std::string> columns_;
  std::size_t at_ = 0;
  std::size_t words_ = 0;
};

std::string as_text(const Field& field) {
  const std::string name = quote_name(field.name);
  return field.type == intake::Type::text ? name : "cast(" + name + " as varchar)";
}

Result<void> add_one(Sql& sql, std::string_view text, bool plain,
                     std::vector<std::string> columns) {
  if (text.size() > max_bytes) return bad("at most 1,000 bytes");
  if (!is_utf8(text) || text.find('\0') != text.npos) return bad("not a text");
  // U+3000 parts words as a space does.
  std::string spaced(text);
  for (std::size_t at = 0; (at = spaced.find("\u3000", at)) != spaced.npos;)
    spaced.replace(at, 3, " ");
  if (trim(spaced).empty()) return {};
  sql.text += " and ";
  return Reader(sql, spaced, plain, std::move(columns)).read();
}

}  // namespace

Result<void> add_text_search(Sql& sql, const Json& q, bool plain, std::span<const Field> fields) {
  if (q.is_null()) return {};
  if (q.is_string()) {
    std::vector<std::string> columns;
    for (const Field& field : fields)
      if (field.type != intake::Type::geometry) columns.push_back(as_text(field));
    return add_one(sql, std::string_view(q.get_string()), plain, std::move(columns));
  }
  if (!q.is_object()) return bad("q is a text, or an object of texts");
  if (q.get_object().size() > max_words) return bad("at most 32 fields");
  for (const auto& [key, text] : q.get_object()) {
    const auto field = find_field(fields, std::string_view(key));
    if (!field || *field < 0)
      return fail(Kind::invalid, "bad_field", "there is no such field", std::string_view(key));
    if (!text.is_string()) return bad("q is a text, or an object of texts");
    MINBEN_CHECK(add_one(sql, std::string_view(text.get_string()), plain,
                         {as_text(fields[static_cast<std::size_t>(*field)])}));
  }
  return {};
}

}  // namespace minben::datastore
