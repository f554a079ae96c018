#pragma once
// A JSON text (RFC 8259) as a stream of events, in bounded memory.
#include "watch.hpp"

namespace minben::intake {

class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void begin_object() = 0;
  virtual void end_object() = 0;
  virtual void begin_array() = 0;
  virtual void end_array() = 0;
  virtual void key(std::string_view key) = 0;
  virtual void string(std::string_view text) = 0;
  virtual void number(std::string_view text) = 0;  ///< as written
  virtual void boolean(bool value) = 0;
  virtual void null() = 0;
  /// Asked after each value: an error ends the reading.
  [[nodiscard]] virtual const Result<void>& state() const = 0;
};

/// One value and white space. Commas before a closing bracket are let pass. Errors: invalid
/// "not_json" with line and cause, too_large "too_deep" and "cell_too_large", those of `state`.
Result<void> read_json(std::string_view text, JsonEvents& events, const Limits& limits);

/// Builds the text of a value from its events.
class JsonText {
 public:
  void clear() {
    text_.clear();
    depth_ = 0;
    comma_ = false;
  }
  void begin(char bracket) {
    separate();
    text_.push_back(bracket);
    ++depth_;
    comma_ = false;
  }
  void end(char bracket) {
    text_.push_back(bracket);
    --depth_;
    comma_ = true;
  }
  void key(std::string_view key);
  void string(std::string_view text);
  void raw(std::string_view text) {
    separate();
    text_.append(text);
    comma_ = true;
  }
  [[nodiscard]] int depth() const { return depth_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void separate() {
    if (comma_) text_.push_back(',');
  }
  void quote(std::string_view text);
  std::string text_;
  int depth_ = 0;
  bool comma_ = false;
};

}  // namespace minben::intake
