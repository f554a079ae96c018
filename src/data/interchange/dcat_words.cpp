#include "dcat_words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace minben::interchange {

namespace {

struct LanguageCode {
  std::string_view tag;
  std::string_view eu;
};
constexpr std::array<LanguageCode, 36> languages{{
    {"zh-Hant", "ZHO"}, {"en", "ENG"}, {"ja", "JPN"}, {"ko", "KOR"}, {"vi", "VIE"}, {"th", "THA"},
    {"id", "IND"},      {"ms", "MSA"}, {"tl", "TGL"}, {"fr", "FRA"}, {"de", "DEU"}, {"es", "SPA"},
    {"it", "ITA"},      {"pt", "POR"}, {"nl", "NLD"}, {"bg", "BUL"}, {"hr", "HRV"}, {"cs", "CES"},
    {"da", "DAN"},      {"et", "EST"}, {"fi", "FIN"}, {"el", "ELL"}, {"hu", "HUN"}, {"ga", "GLE"},
    {"lv", "LAV"},      {"lt", "LIT"}, {"mt", "MLT"}, {"pl", "POL"}, {"ro", "RON"}, {"sk", "SLK"},
    {"sl", "SLV"},      {"sv", "SWE"}, {"no", "NOR"}, {"is", "ISL"}, {"ru", "RUS"}, {"uk", "UKR"},
}};
constexpr std::string_view loc{"http://id.loc.gov/vocabulary/iso639-1/"};

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string language_iri(std::string_view tag) {
  for (const LanguageCode& language : languages)
    if (language.tag == tag) return fmt::format("{}language/{}", eu_authority, language.eu);
  const bool two =
      tag.size() == 2 && std::ranges::all_of(tag, [](char c) { return c >= 'a' && c <= 'z'; });
  return two ? std::string(loc) + std::string(tag) : "";
}

std::string language_of(std::string_view iri) {
  for (const LanguageCode& language : languages)
    if (iri == fmt::format("{}language/{}", eu_authority, language.eu))
      return std::string(language.tag);
  if (!iri.starts_with(loc) || iri.size() != loc.size() + 2) return {};
  const std::string tag(iri.substr(loc.size()));
  return language_iri(tag) == iri ? tag : "";  // of "en" the other table speaks
}

std::optional<Instant> read_time(std::string_view given) {
  std::string text(trim(given));
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (text.size() < 10) {
    if (text.size() == 4 && is_digits(text)) text += "-01";
    if (text.size() == 7) text += "-01";
  }
  if (text.size() == 10) text += "T00:00:00";
  if (text.size() == 16) text += ":00";
  const bool zone = text.size() > 19 && (text.ends_with('Z') || text.ends_with('z') ||
                                         text.find_first_of("+-", 19) != std::string::npos);
  const auto instant = parse_instant(zone ? text : text + "Z");
  return instant ? std::optional(*instant) : std::nullopt;
}

std::optional<Date> read_day(std::string_view given, bool last) {
  const std::string_view text = trim(given);
  std::string day(text.substr(0, 10));
  const bool year = text.size() == 4, month = text.size() == 7;
  if (year) day += last ? "-12-31" : "-01-01";
  if (month) day += "-01";
  const auto date = parse_date(day);
  if (!date) return std::nullopt;
  return month && last ? add_days(add_months(*date, 1), -1) : *date;
}

std::string percent_encoded(std::string_view text, std::string_view also) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos ||
                       also.find(c) != std::string_view::npos;
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte =
        text[i] == '%' && i + 2 < text.size() ? hex_decode(text.substr(i + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += text[i];
    }
  }
  return is_utf8(out) ? out : std::string(text);
}

bool has_han(std::string_view text) {
  // U+3400 … U+9FFF in UTF-8 begin with E3 90 … E9; what lies beyond does not stand alone.
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(text[i + 1]);
    if ((lead >= 0xe4 && lead <= 0xe9) || (lead == 0xe3 && next >= 0x90)) return true;
  }
  return false;
}

bool is_web_address(std::string_view text) {
  const std::string start = to_lower_ascii(text.substr(0, 8));
  return start.starts_with("http://") || start.starts_with("https://") ||
         start.starts_with("ftp://");
}

std::string slug(std::string_view text) {
  std::string out;
  for (const char c : to_lower_ascii(text)) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kept) out += c;
    else if (!out.empty() && out.back() != '-') out += '-';
    if (out.size() == 60) break;
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

Uuid uuid_of(std::string_view text) {
  const Sha256 hash = sha256(text);
  Uuid uuid;
  std::copy_n(hash.begin(), uuid.bytes.size(), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x80);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

std::optional<Uuid> uuid_at_end(std::string_view iri) {
  if (iri.size() < 36) return std::nullopt;
  const auto uuid = parse_uuid(iri.substr(iri.size() - 36));
  return uuid ? std::optional(*uuid) : std::nullopt;
}

catalogue::PublisherCode publisher_code(std::string_view name) {
  const std::string whole = to_nfc(trim(name));
  const bool ascii =
      std::ranges::all_of(whole, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const std::string letters = ascii ? slug(whole) : "";
  if (letters.size() >= 2 && letters.size() < 50) return {letters};
  return {"org-" + hex_encode(sha256(whole)).substr(0, 16)};
}

}  // namespace minben::interchange
