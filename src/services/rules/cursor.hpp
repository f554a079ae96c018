#pragma once
// Reading FEEL text: white space, comments, keywords, literals and names (DMN 1.5 §10.3.1.2, .4).
#include <optional>
#include <string>
#include <string_view>

namespace minben::rules {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t position() const { return at_; }
  void rewind(std::size_t position) { at_ = position; }
  void skip_space();          ///< also comments
  [[nodiscard]] bool done();  ///< after skipping space

  /// Each skips space first and takes its text only when it is there.
  bool take(std::string_view symbol);
  bool take_word(std::string_view keyword);  ///< not followed by a name character
  [[nodiscard]] bool sees(std::string_view symbol);
  [[nodiscard]] bool sees_word(std::string_view keyword);
  [[nodiscard]] bool sees_name();
  [[nodiscard]] bool sees_digit();

  /// Length of `name` at the cursor when it stands there, white space compared loosely; 0 if not.
  [[nodiscard]] std::size_t length_of(std::string_view name);
  void advance(std::size_t length) { at_ += length; }
  std::string_view word();  ///< name characters; empty when there are none
  /// Words up to a keyword or symbol, joined by one space: a name nobody declared.
  std::string words();
  /// A name up to `end` (a symbol) made of words and the symbols . / - ' + *; nullopt if it is
  /// none.
  std::optional<std::string> name_before(char end);

  std::optional<std::string> string_literal(std::string_view& problem);  ///< after the opening "
  std::optional<std::string_view> number_literal();

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  bool skip_one_space();
  bool skip_comment();
  bool escape(std::string& out);
  std::optional<char32_t> hex(std::size_t digits);

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_keyword(std::string_view word);
/// White space collapsed to single spaces and trimmed, as names are compared.
std::string normal_name(std::string_view name);

}  // namespace minben::rules
