#include "mydata/delays.hpp"

#include <fstream>

#include "settings_reader.hpp"

namespace minben::mydata {

namespace {

constexpr std::size_t most_laws = 64;

Result<DelayLaw> read_law(const Json& json) {
  if (!json.is_object()) return fail(Kind::invalid, "bad_delays", "expected objects");
  SettingsReader reader(json, "bad_delays");
  DelayLaw law;
  MINBEN_CHECK(reader.text("law", law.law, 80, true));
  MINBEN_CHECK(reader.both("title", law.title));
  MINBEN_CHECK(reader.number("most_days", law.most_days, 1, 3650));
  if (law.most_days == 0) return reader.bad("most_days", "is missing");
  MINBEN_CHECK(reader.no_others());
  return law;
}

}  // namespace

Result<std::vector<DelayLaw>> parse_delays(std::string_view text) {
  MINBEN_TRY(json, parse_json(text, {.max_bytes = max_settings, .max_depth = 8}));
  if (!json.is_array() || json.get_array().size() > most_laws)
    return fail(Kind::invalid, "bad_delays", fmt::format("a list of at most {}", most_laws));
  std::vector<DelayLaw> laws;
  for (const Json& one : json.get_array()) {
    MINBEN_TRY(law, read_law(one));
    if (std::ranges::find(laws, law.law, &DelayLaw::law) != laws.end())
      return fail(Kind::invalid, "bad_delays", law.law + " is there twice", "law");
    laws.push_back(std::move(law));
  }
  return laws;
}

Result<std::vector<DelayLaw>> load_delays(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::vector<DelayLaw>{};
  std::string text(max_settings + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_delays(text);
}

}  // namespace minben::mydata
