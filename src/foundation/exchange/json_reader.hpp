#pragma once
// Steps through JSON text (RFC 8259) value by value and checks it, without making values. Boost's
// parsers do not say where in the text a value begins and ends, which whoever keeps parts of the
// text byte by byte has to know (docs/decisions/0016-answers-by-text.md).
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace minben::exchange {

/// Nothing that it is asked after it failed matters; ask failed() at the end. Not thread-safe.
class JsonReader {
 public:
  static constexpr int max_depth = 64;

  explicit JsonReader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {
    names_.reserve(64);
  }

  [[nodiscard]] bool failed() const { return failed_; }
  /// The first character of the next value, or NUL at the end.
  char peek() {
    skip_blanks();
    return at_ == end_ ? '\0' : *at_;
  }
  /// Checks one value; its text.
  std::string_view value();

  /// Calls `member(name, spelling)` for each member of the object that comes next: the name decoded
  /// and as it is written, with its quotes. It must step over the value.
  template <class Member>
  void object(Member member) {
    if (!enter('{')) return;
    const std::size_t first = names_.size();
    if (!take('}')) {
      do {
        const std::string_view spelling = string();
        const std::string_view name = decoded(spelling);
        names_.push_back({print_of(name), name});
        if (failed_ || !expect(':')) break;
        member(name, spelling);
      } while (!failed_ && take(','));
      expect('}');
    }
    leave_object(first);
  }
  /// Calls `element()` for each, which must step over it.
  template <class Element>
  void array(Element element) {
    if (!enter('[')) return;
    if (!take(']')) {
      do element();
      while (!failed_ && take(','));
      expect(']');
    }
    --depth_;
  }
  /// Only blanks are left.
  bool at_end() { return peek() == '\0' && at_ == end_; }
  void fail() { failed_ = true; }

 private:
  struct Name {
    std::uint64_t print;
    std::string_view text;  ///< decoded

    friend auto operator<=>(const Name&, const Name&) = default;
  };

  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool expect(char c) {
    if (!failed_ && take(c)) return true;
    failed_ = true;
    return false;
  }
  bool enter(char c) {
    if (depth_ >= max_depth) failed_ = true;
    if (!expect(c)) return false;
    ++depth_;
    return true;
  }
  void leave_object(std::size_t first);
  [[nodiscard]] bool same_name_twice(std::size_t first);
  /// With its quotes; has_escapes_ says more of it.
  std::string_view string() {
    has_escapes_ = false;
    if (!expect('"')) return {};
    const char* const start = at_ - 1;
    for (;;) {
      skip_plain();
      if (at_ == end_) break;
      if (*at_ == '"') return {start, static_cast<std::size_t>(++at_ - start)};
      has_escapes_ |= *at_ == '\\';
      if (*at_ == '\\' ? !escape() : !multibyte()) break;
    }
    failed_ = true;
    return {};
  }
  /// To the next quote, backslash, control character or byte that is not ASCII, or the end.
  void skip_plain() {
    if constexpr (std::endian::native == std::endian::little)
      for (std::uint64_t eight = 0; end_ - at_ >= 8; at_ += 8) {
        std::memcpy(&eight, at_, sizeof eight);
        const std::uint64_t special = special_bytes(eight);
        if (special == 0) continue;
        at_ += std::countr_zero(special) / 8;
        return;
      }
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<signed char>(*at_) >= 0x20)
      ++at_;
  }
  static constexpr std::uint64_t in_each_byte(std::uint8_t byte) {
    return 0x0101010101010101u * byte;
  }
  /// The high bit of each byte that skip_plain() looks for. Of the bytes after the first such one
  /// it may be wrong.
  static std::uint64_t special_bytes(std::uint64_t eight) {
    const auto zero_in = [](std::uint64_t x) { return (x - in_each_byte(1)) & ~x; };
    return (zero_in(eight ^ in_each_byte('"')) | zero_in(eight ^ in_each_byte('\\')) |
            (eight - in_each_byte(0x20)) | eight) &
           in_each_byte(0x80);
  }
  bool escape();
  bool unit(std::uint32_t& out);
  bool multibyte();
  void number();
  std::size_t digits();
  void literal(std::string_view word);
  /// Of the string just read.
  std::string_view decoded(std::string_view spelling) {
    if (failed_) return {};
    if (!has_escapes_) return spelling.substr(1, spelling.size() - 2);
    return decoded_.emplace_back(decode(spelling));
  }
  static std::string decode(std::string_view spelling);
  /// Equal for equal names, and seldom otherwise: the ends and the length.
  static std::uint64_t print_of(std::string_view name) {
    const auto load = [&]<class Word>(std::size_t from, Word word) -> std::uint64_t {
      std::memcpy(&word, name.data() + from, sizeof word);
      return word;
    };
    const std::size_t size = name.size();
    std::uint64_t head = 0, tail = 0;
    if (size >= 8) {
      head = load(0, std::uint64_t{});
      tail = load(size - 8, std::uint64_t{});
    } else if (size >= 4) {
      head = load(0, std::uint32_t{});
      tail = load(size - 4, std::uint32_t{});
    } else if (size > 0) {
      head = load(0, std::uint8_t{});
      tail = load(size / 2, std::uint8_t{}) << 8 | load(size - 1, std::uint8_t{});
    }
    return (head * 0x9e3779b97f4a7c15u ^ tail) + size;
  }

  const char* at_;
  const char* end_;
  int depth_ = 0;
  bool failed_ = false;
  bool has_escapes_ = false;
  std::vector<Name> names_;         ///< of all objects that are open
  std::list<std::string> decoded_;  ///< names that were written with escapes; does not move them
};

}  // namespace minben::exchange
