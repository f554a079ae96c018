// PDF (ISO 32000-1) by its lexical structure: header, trailer, names, object streams. Viewers
// repair broken files in different ways, so whatever is not plainly well-formed is refused here.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/digits.hpp"
#include "inspect_kinds.hpp"

namespace minben::documents {

namespace {

constexpr std::size_t tail_bytes = 1024;         ///< where %%EOF must be (Annex H, note 18)
constexpr std::size_t max_inflated = 64u << 20;  ///< of all object streams of one file
constexpr std::string_view white_space{"\0\t\n\f\r ", 6};

std::unexpected<Error> damaged(std::string_view why) {
  return fail(Kind::invalid, "file_damaged", why);
}

bool is_white(char c) { return white_space.contains(c); }
bool is_delimiter(char c) { return std::string_view("()<>[]{}/%").contains(c); }
bool is_regular(char c) { return !is_white(c) && !is_delimiter(c); }

/// §7.3.5: in a name "#4A" stands for "J"; hiding /JavaScript that way is an old trick.
std::string decode_name(std::string_view raw) {
  std::string name;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool escaped = raw[i] == '#' && i + 2 < raw.size() && hex_digit(raw[i + 1]) >= 0 &&
                         hex_digit(raw[i + 2]) >= 0;
    if (!escaped) {
      name += raw[i];
      continue;
    }
    name += static_cast<char>(hex_digit(raw[i + 1]) * 16 + hex_digit(raw[i + 2]));
    i += 2;
  }
  return name;
}

/// Names whose mere presence means that a file does something or carries something.
bool is_active(std::string_view name) {
  constexpr std::array<std::string_view, 13> active{
      "JavaScript", "JS",         "Launch",    "EmbeddedFile", "EmbeddedFiles", "RichMedia", "XFA",
      "SubmitForm", "ImportData", "Rendition", "Movie",        "Sound",         "GoToE"};
  return std::ranges::find(active, name) != active.end();
}

/// Walks over the tokens of a file or an object stream.
class Scan {
 public:
  Scan(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  Result<void> run() {
    while (at_ < text_.size()) MINBEN_CHECK(token());
    return {};
  }
  [[nodiscard]] int pages() const { return pages_; }
  [[nodiscard]] bool encrypted() const { return encrypted_; }

 private:
  Result<void> token() {
    const char c = text_[at_];
    if (is_white(c)) return ++at_, Result<void>{};
    if (c == '%') return skip_comment(), Result<void>{};
    if (c == '(') return skip_string();
    if (c == '<' && peek(1) != '<') return skip_hex_string();
    if (c == '/') return name();
    if (is_delimiter(c)) return delimiter();
    return word();
  }

  [[nodiscard]] char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void skip_comment() {
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
  }

  Result<void> skip_string() {  // §7.3.4.2
    for (int depth = 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\') ++at_;
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) return ++at_, Result<void>{};
    }
    return damaged("an open string");
  }

  Result<void> skip_hex_string() {
    const auto end = text_.find('>', at_);
    if (end == std::string_view::npos) return damaged("an open string");
    at_ = end + 1;
    return {};
  }

  Result<void> delimiter() {
    const bool pair = peek(1) == text_[at_];
    const bool opens = text_[at_] == '<' && pair;
    const bool closes = text_[at_] == '>' && pair;
    if (opens && depth_++ == 0) dictionary_ = {};
    if (closes && depth_ > 0) --depth_;
    at_ += opens || closes ? 2 : 1;
    return {};
  }

  Result<void> name() {
    const std::size_t start = ++at_;
    while (at_ < text_.size() && is_regular(text_[at_])) ++at_;
    const std::string found = decode_name(text_.substr(start, at_ - start));
    if (is_active(found)) return fail(Kind::invalid, "pdf_active_content", found);
    if (found == "Encrypt") encrypted_ = true;
    if (found == "ObjStm") dictionary_.object_stream = true;
    if (found == "FlateDecode" || found == "Fl") dictionary_.flate = true;
    if (found == "DecodeParms" || found == "DP") dictionary_.parameters = true;
    if (found == "Page" && previous_ == "Type" && ++pages_ > limits_.max_pages) {
      return fail(Kind::invalid, "pdf_too_many_pages");
    }
    previous_ = found;
    return {};
  }

  Result<void> word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_regular(text_[at_])) ++at_;
    previous_.clear();
    if (text_.substr(start, at_ - start) == "stream") return stream();
    return {};
  }

  /// §7.3.8.1. The end is searched, not computed: /Length may be an indirect object.
  Result<void> stream() {
    if (peek(0) == '\r') ++at_;
    if (peek(0) == '\n') ++at_;
    const auto end = text_.find("endstream", at_);
    if (end == std::string_view::npos)
      return fail(Kind::invalid, "file_truncated", "an open stream");
    const std::string_view content = text_.substr(at_, end - at_);
    at_ = end + std::string_view("endstream").size();
    depth_ = 0;
    const Dictionary of = std::exchange(dictionary_, {});
    if (!of.object_stream) return {};
    return object_stream(of, content);
  }

  struct Dictionary {
    bool object_stream = false;
    bool flate = false;
    bool parameters = false;
  };

  /// §7.5.7: objects, and so dictionaries with actions, may be inside a compressed stream.
  Result<void> object_stream(const Dictionary& of, std::string_view content) {
    if (of.parameters) return damaged("an object stream with a predictor");
    std::string plain(content);
    if (of.flate) {
      MINBEN_TRY(inflated, inflate_all(content));
      plain = std::move(inflated);
    }
    Limits left = limits_;
    left.max_pages -= pages_;
    Scan inner(plain, left);
    inner.inflated_ = inflated_;
    MINBEN_CHECK(inner.run());
    pages_ += inner.pages_;
    inflated_ = inner.inflated_;
    return {};
  }

  Result<std::string> inflate_all(std::string_view content) {
    z_stream z{};
    if (inflateInit(&z) != Z_OK) return fail(Kind::internal, "out_of_memory");
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    z.avail_in = static_cast<uInt>(content.size());
    std::string out;
    std::array<char, 16384> buffer;
    int state = Z_OK;
    while (state == Z_OK && inflated_ <= max_inflated) {
      z.next_out = reinterpret_cast<Bytef*>(buffer.data());
      z.avail_out = buffer.size();
      state = inflate(&z, Z_NO_FLUSH);
      out.append(buffer.data(), buffer.size() - z.avail_out);
      inflated_ += buffer.size() - z.avail_out;
    }
    inflateEnd(&z);
    if (state != Z_STREAM_END) return damaged("an object stream that does not inflate");
    return out;
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::string previous_;
  Dictionary dictionary_;
  int depth_ = 0;
  int pages_ = 0;
  bool encrypted_ = false;
  std::size_t inflated_ = 0;
};

/// An object may lie inside what looks like the data of a stream, out of Scan's sight, and be
/// reached through the cross-references. The names are long enough not to occur in compressed data
/// by chance.
Result<void> check_hidden(std::string_view text) {
  for (const std::string_view name : {"/JavaScript", "/Launch", "/EmbeddedFile", "/RichMedia"}) {
    if (text.contains(name)) return fail(Kind::invalid, "pdf_active_content", name.substr(1));
  }
  return {};
}

/// "12 0 obj << … /XRef": the object of a cross-reference stream (§7.5.8).
bool is_reference_stream(std::string_view there) {
  for (int number = 0; number < 2; ++number) {
    const auto end = there.find_first_not_of("0123456789");
    if (end == 0 || end == std::string_view::npos || !is_white(there[end])) return false;
    there.remove_prefix(end);
    while (!there.empty() && is_white(there.front())) there.remove_prefix(1);
  }
  return there.starts_with("obj") && there.contains("/XRef");
}

/// startxref must point at a cross-reference table or at the object of a cross-reference stream.
Result<void> check_trailer(std::string_view text) {
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), tail_bytes));
  const auto eof = tail.rfind("%%EOF");
  if (eof == std::string_view::npos) return fail(Kind::invalid, "file_truncated", "no end of file");
  const auto keyword = tail.substr(0, eof).rfind("startxref");
  if (keyword == std::string_view::npos) return damaged("no startxref");
  std::string_view number = tail.substr(keyword + 9, eof - keyword - 9);
  while (!number.empty() && is_white(number.front())) number.remove_prefix(1);
  std::size_t offset = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), offset);
  if (parsed.ec != std::errc() || offset >= text.size()) return damaged("startxref points nowhere");
  std::string_view there = text.substr(offset, 1024);
  while (!there.empty() && is_white(there.front())) there.remove_prefix(1);
  if (!there.starts_with("xref") && !is_reference_stream(there)) {
    return damaged("startxref does not point at cross-references");
  }
  return {};
}

}  // namespace

Result<Inspection> inspect_pdf(Octets content, const Limits& limits) {
  const std::string_view text = as_text(content);
  if (text.size() < 8 || text[5] < '1' || text[5] > '2' || text[6] != '.') {
    return damaged("no version in the header");
  }
  MINBEN_CHECK(check_trailer(text));
  Scan scan(text, limits);
  const auto scanned = scan.run();
  // An encrypted file hides its names, so this is said first whatever else was found.
  if (scan.encrypted()) return fail(Kind::invalid, "pdf_encrypted");
  if (!scanned) return fail(scanned.error());
  MINBEN_CHECK(check_hidden(text));
  if (scan.pages() == 0) return damaged("no pages");
  return Inspection{Type::pdf, scan.pages(), 0, 0};
}

}  // namespace minben::documents
