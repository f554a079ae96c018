#include "encoding.hpp"

#include <array>
#include <cstring>

#include "big5.hpp"

namespace minben::intake {

namespace {

constexpr std::string_view utf8_mark = "\xef\xbb\xbf";
constexpr std::string_view replacement = "\xef\xbf\xbd";
constexpr std::size_t block_bytes = 1u << 20;

constexpr unsigned char at(const char* p) { return static_cast<unsigned char>(*p); }
constexpr bool continues(const char* p) { return (at(p) & 0xc0) == 0x80; }

/// Bytes of the well-formed character at `p` (Unicode 15, table 3-7), which is not ASCII; 0: none.
int wide_character(const char* p, const char* end) {
  const unsigned char lead = at(p);
  const std::ptrdiff_t left = end - p;
  if (lead >= 0xe1 && lead <= 0xec) [[likely]]  // most of Chinese
    return left >= 3 && continues(p + 1) && continues(p + 2) ? 3 : 0;
  if (lead >= 0xc2 && lead <= 0xdf) return left >= 2 && continues(p + 1) ? 2 : 0;
  if ((lead & 0xf0) == 0xe0) {
    if (left < 3 || !continues(p + 1) || !continues(p + 2)) return 0;
    if (lead == 0xe0 && at(p + 1) < 0xa0) return 0;
    if (lead == 0xed && at(p + 1) > 0x9f) return 0;
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (left < 4 || !continues(p + 1) || !continues(p + 2) || !continues(p + 3)) return 0;
    if (lead == 0xf0 && at(p + 1) < 0x90) return 0;
    if (lead == 0xf4 && at(p + 1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

const char* skip_ascii(const char* p, const char* end) {
  constexpr std::uint64_t high = 0x8080808080808080;
  while (end - p >= 16) {
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), p, sizeof words);
    if (((words[0] | words[1]) & high) != 0) break;
    p += 16;
  }
  while (p < end && at(p) < 0x80) ++p;
  return p;
}

struct Big5Scan {
  std::int64_t bad = 0;
  std::int64_t wide = 0;
};
Big5Scan scan_big5(std::string_view bytes) {
  Big5Scan scan;
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while ((p = skip_ascii(p, end)) < end) {
    const bool pair = is_big5_lead(at(p)) && end - p >= 2 && is_big5_trail(at(p + 1)) &&
                      big5_character(at(p), at(p + 1)).kind != Big5Character::invalid;
    ++(pair ? scan.wide : scan.bad);
    p += pair ? 2 : 1;
  }
  return scan;
}

/// Every second byte of UTF-16 is zero where digits, separators and letters are.
std::string wide_units(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4096);
  std::size_t even = 0, odd = 0;
  for (std::size_t i = 0; i + 1 < head.size(); i += 2) {
    even += head[i] == 0;
    odd += head[i + 1] == 0;
  }
  const std::size_t pairs = head.size() / 2;
  if (pairs < 4) return {};
  if (odd * 5 >= pairs && even * 20 <= odd) return "UTF-16LE";
  if (even * 5 >= pairs && odd * 20 <= even) return "UTF-16BE";
  return {};
}

void append_character(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

void from_utf16(std::string_view bytes, bool little, std::string& out, Repairs& repairs) {
  const auto unit = [&](std::size_t i) -> std::uint32_t {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return little ? second << 8 | first : first << 8 | second;
  };
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    std::uint32_t c = unit(i);
    if (c >= 0xd800 && c <= 0xdbff && i + 3 < bytes.size() && unit(i + 2) >= 0xdc00 &&
        unit(i + 2) <= 0xdfff) {
      c = 0x10000 + ((c - 0xd800) << 10) + (unit(i + 2) - 0xdc00);
      i += 2;
    } else if (c >= 0xd800 && c <= 0xdfff) {
      repairs.add("bad_bytes");
      c = 0xfffd;
    }
    if (c == 0) repairs.add("nul_bytes");
    else append_character(out, c);
  }
  if (i < bytes.size()) repairs.add("bad_bytes");
}

void utf8_line(std::string_view line, std::string& out, Repairs& repairs) {
  const char* p = line.data();
  const char* const end = p + line.size();
  while (p < end) {
    const char* const ascii = skip_ascii(p, end);
    out.append(p, ascii);
    if ((p = ascii) == end) return;
    const int length = wide_character(p, end);
    if (length > 0) {
      out.append(p, static_cast<std::size_t>(length));
      p += length;
      continue;
    }
    repairs.add("bad_bytes");
    out.append(replacement);
    for (++p; p < end && continues(p);) ++p;  // the rest of one broken character
  }
}

void big5_line(std::string_view line, std::string& out, Repairs& repairs, std::int64_t& hkscs) {
  const char* p = line.data();
  const char* const end = p + line.size();
  while (p < end) {
    const char* const ascii = skip_ascii(p, end);
    out.append(p, ascii);
    if ((p = ascii) == end) return;
    const bool pair = is_big5_lead(at(p)) && end - p >= 2 && is_big5_trail(at(p + 1));
    const Big5Character& found = pair ? big5_character(at(p), at(p + 1)) : Big5Character{};
    if (found.kind == Big5Character::invalid) {
      repairs.add("bad_bytes");
      out.append(replacement);
    } else {
      hkscs += found.kind == Big5Character::hkscs;
      if (found.kind == Big5Character::user_defined) repairs.add("user_defined_characters");
      out.append(found.text());
    }
    p += pair ? 2 : 1;
  }
}

/// Files put together by people have parts of two encodings. A few characters may fit both by
/// chance: a line changes sides only when its own side cannot read it, or hardly can.
bool is_line_of_the_other(std::string_view line, bool utf8) {
  const Utf8Scan as_utf8 = scan_utf8(line);
  if (as_utf8.wide + as_utf8.bad == 0) return false;
  if (!utf8) return as_utf8.bad == 0 && as_utf8.wide >= 2 && scan_big5(line).bad > 0;
  return as_utf8.bad >= 2 && as_utf8.wide <= as_utf8.bad && scan_big5(line).bad == 0;
}

void without_nul(std::string& text, std::size_t from, Repairs& repairs) {
  if (std::memchr(text.data() + from, 0, text.size() - from) == nullptr) return;
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  const auto end = std::remove(begin, text.end(), '\0');
  repairs.add("nul_bytes", 0, text.end() - end);
  text.erase(end, text.end());
}

/// A word for an encoding in metadata, in the names that we use; empty: not known.
std::string_view known_encoding(std::string_view declared) {
  std::string word;
  for (const char c : to_lower_ascii(declared))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) word.push_back(c);
  if (word.contains("utf8") || word == "unicodeutf8") return "UTF-8";
  if (word.contains("utf16") || word == "unicode") return "UTF-16";
  if (word.contains("big5") || word == "cp950" || word == "ms950" || word == "windows950" ||
      word == "950")
    return "Big5";
  return {};
}

/// The piece of `rest` that ends with a line, of about a block.
std::string_view next_block(std::string_view rest, bool utf16) {
  if (rest.size() <= block_bytes) return rest;
  if (utf16) return rest.substr(0, block_bytes);  // a pair of surrogates is kept by the caller
  const std::size_t end = rest.rfind('\n', block_bytes);
  if (end != std::string_view::npos) return rest.substr(0, end + 1);
  // One endless line: cut before a byte that begins a character in UTF-8, or is ASCII in both.
  std::size_t cut = block_bytes;
  while (cut > block_bytes - 64 && at(rest.data() + cut) >= 0x40) --cut;
  return rest.substr(0, cut);
}

}  // namespace

Utf8Scan scan_utf8(std::string_view bytes) {
  Utf8Scan scan;
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while ((p = skip_ascii(p, end)) < end) {
    const int length = wide_character(p, end);
    if (length > 0) {
      ++scan.wide;
      p += length;
    } else {
      ++scan.bad;
      for (++p; p < end && continues(p);) ++p;
    }
  }
  return scan;
}

Detected detect_encoding(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return {"UTF-16LE"};
  if (bytes.starts_with("\xfe\xff")) return {"UTF-16BE"};
  const bool mark = bytes.starts_with(utf8_mark);
  if (std::string wide = wide_units(bytes); !wide.empty() && !mark) return {std::move(wide)};
  const std::string_view head = bytes.substr(0, 65536);
  std::size_t control = 0;
  for (const char c : head) control += at(&c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  if (control > 4 && control * 50 > head.size()) return {};
  const Utf8Scan utf8 = scan_utf8(bytes);
  if (utf8.bad == 0 || mark) return {"UTF-8", utf8.bad == 0};
  const Big5Scan big5 = scan_big5(bytes);
  const std::int64_t least = std::min(utf8.bad, big5.bad);
  if (least > 16 && least * 10 > static_cast<std::int64_t>(bytes.size())) return {};
  return {utf8.bad <= big5.bad ? "UTF-8" : "Big5"};
}

void to_utf8(std::string_view bytes, std::string_view encoding, std::string& out, Repairs& repairs,
             std::int64_t& hkscs) {
  if (encoding.starts_with("UTF-16"))
    return from_utf16(bytes, encoding == "UTF-16LE", out, repairs);
  const bool utf8 = encoding == "UTF-8";
  const std::size_t from = out.size();
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end == bytes.npos ? end : end + 1);
    const bool other = is_line_of_the_other(line, utf8);
    if (other) repairs.add("mixed_encoding");
    if (utf8 != other) utf8_line(line, out, repairs);
    else big5_line(line, out, repairs, hkscs);
    bytes.remove_prefix(line.size());
  }
  without_nul(out, from, repairs);
}

Result<Text> read_text(MappedFile file, const std::filesystem::path& rewritten,
                       std::string_view declared, const Watch& watch, Repairs& repairs) {
  std::string_view rest = file.text();
  Text text;
  const Detected detected = detect_encoding(rest);
  text.encoding = detected.encoding;
  if (text.encoding.empty()) return not_a_table("bytes that are no text");
  const bool utf8 = text.encoding == "UTF-8";
  const bool utf16 = text.encoding.starts_with("UTF-16");
  const auto known = known_encoding(declared);
  if (!known.empty() && !text.encoding.starts_with(known) &&
      skip_ascii(rest.data(), rest.data() + rest.size()) < rest.data() + rest.size())
    repairs.add("encoding_mismatch");
  text.mark = utf8 ? rest.starts_with(utf8_mark)
                   : utf16 && (rest.starts_with("\xff\xfe") || rest.starts_with("\xfe\xff"));
  if (detected.clean_utf8 && std::memchr(rest.data(), 0, rest.size()) == nullptr) {
    text.file = std::move(file);
    return text;
  }
  MINBEN_TRY(out, OutputFile::create(rewritten, watch.limits().max_bytes));
  if (text.mark) rest.remove_prefix(utf8 ? 3 : 2);
  std::int64_t hkscs = 0;
  std::string block;
  while (!rest.empty()) {
    MINBEN_CHECK(watch.check());
    std::string_view piece = next_block(rest, utf16);
    if (utf16 && piece.size() < rest.size()) {  // never between two surrogates
      const std::size_t high = piece.size() - (text.encoding == "UTF-16LE" ? 1 : 2);
      if ((at(piece.data() + high) & 0xfc) == 0xd8) piece.remove_suffix(2);
    }
    block.clear();
    to_utf8(piece, text.encoding, block, repairs, hkscs);
    out.append(block);
    rest.remove_prefix(piece.size());
  }
  MINBEN_CHECK(out.close());
  if (hkscs > 0) {
    text.encoding = "Big5-HKSCS";
    repairs.add("hkscs_characters", 0, hkscs);
  }
  text.original = false;
  MINBEN_TRY(mapped, MappedFile::open(rewritten, watch.limits().max_bytes));
  text.file = std::move(mapped);
  return text;
}

}  // namespace minben::intake
