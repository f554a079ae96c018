#include "support/datasets.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"

namespace minben::test {

namespace {

using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::Text;
namespace vocabulary = catalogue::vocabulary;

class Making {
 public:
  explicit Making(Random& random) : random_(random) {}

  bool perhaps(std::uint64_t in = 2) { return random_.below(in) == 0; }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

  std::string chinese() {
    static constexpr std::array parts{"臺南市", "交通事故", "資料",     "「登革熱」",
                                      "雨量",   "\n",       "：",       "每月",
                                      "統計",   "𠮷",       "（新制）", "空氣品質"};
    std::string out = parts[below(3)];
    for (std::uint64_t i = below(5); i > 0; --i) out += parts[below(parts.size())];
    return out;
  }
  std::string english() {
    static constexpr std::array parts{
        "Road accidents",    " of ", "\"Tainan\"", " <b>", " & ", "\\n", "\n\n- item",
        " \xf0\x9f\x8c\xa7", "'''",  " 100 %",     "\t"};
    std::string out = parts[below(3)];
    for (std::uint64_t i = below(5); i > 0; --i) out += parts[below(parts.size())];
    return out;
  }
  std::string word() { return perhaps() ? chinese() : english(); }
  Text text() {
    const auto which = below(4);
    return {which & 1 ? chinese() : "", which & 2 ? english() : ""};
  }
  Text some_text() {
    Text out = text();
    if (out.empty()) out.zh_hant = chinese();
    return out;
  }
  std::string address() {
    static constexpr std::array tails{"", "/a?b=c&d=%E8%87%BA", "/資料/檔案.csv", "#part",
                                      "/x(1)_~',;!*"};
    return fmt::format("http{}://例{}.example{}", perhaps() ? "s" : "", below(1000),
                       tails[below(5)]);
  }
  std::string maybe_address() { return perhaps() ? address() : ""; }
  template <class Make>
  std::vector<std::string> unique(std::uint64_t most, Make&& make) {
    std::vector<std::string> out;
    for (std::uint64_t i = below(most + 1); i > 0; --i)
      if (std::string one = make(); std::ranges::find(out, one) == out.end())
        out.push_back(std::move(one));
    return out;
  }
  std::vector<std::string> codes(std::span<const vocabulary::Term> list) {
    return unique(3, [&] { return std::string(list[below(list.size())].code); });
  }
  std::optional<Instant> instant() {
    if (perhaps(3)) return std::nullopt;
    const auto seconds_since = static_cast<std::int64_t>(below(2'000'000'000));
    return Instant(seconds(seconds_since) + microseconds(perhaps() ? below(1'000'000) : 0));
  }
  std::optional<Date> date(int year) {
    if (perhaps()) return std::nullopt;
    return add_days(std::chrono::year(year) / 1 / 1, static_cast<int>(below(365)));
  }
  std::string licence() {
    const auto all = vocabulary::licences();
    const auto which = below(all.size() + 3);
    if (which < all.size()) return std::string(all[which].term.code);
    return which == all.size() ? "https://licences.example/own" : "";
  }
  catalogue::Frequency frequency() {
    using Kind = catalogue::Frequency::Kind;
    static constexpr std::array kinds{Kind::unknown,   Kind::regular,   Kind::regular,
                                      Kind::regular,   Kind::irregular, Kind::once,
                                      Kind::continuous};
    const Kind kind = kinds[below(kinds.size())];
    if (kind != Kind::regular) return {kind};
    return {kind, static_cast<catalogue::Frequency::Unit>(below(6)),
            static_cast<int>(1 + below(perhaps() ? 12 : 999))};
  }
  template <class Id>
  Id id() {
    Id out;
    random_.fill(out.value.bytes);
    out.value.bytes[6] = static_cast<std::uint8_t>((out.value.bytes[6] & 0x0f) | 0x70);
    out.value.bytes[8] = static_cast<std::uint8_t>((out.value.bytes[8] & 0x3f) | 0x80);
    return out;
  }
  catalogue::PublisherCode publisher() { return {fmt::format("agency-{}", below(20))}; }

  Distribution distribution(const Dataset& dataset) {
    Distribution out;
    out.id = id<catalogue::DistributionId>();
    if (perhaps()) out.national_id = fmt::format("A41000000G-{:06}-{:03}", below(1000), below(100));
    out.title = text();
    out.description = text();
    for (const std::string& name : unique(5, [&] { return word(); }))
      out.fields.push_back({name, text(), perhaps() ? "integer" : "", perhaps() ? "km²" : ""});
    const auto formats = vocabulary::file_formats();
    const auto which = below(formats.size() + 3);
    if (which < formats.size()) {
      out.format = formats[which].label;
      if (perhaps()) out.media_type = formats[which].media_type;
    } else {
      out.format = which == formats.size() ? "API" : which == formats.size() + 1 ? "其他" : "";
    }
    if (perhaps()) out.character_encoding = perhaps() ? "UTF-8" : "Big5";
    out.download_url = maybe_address();
    out.access_url = maybe_address();
    if (perhaps(4)) out.api_description_url = address();
    if (out.access_url == (out.download_url.empty() ? out.api_description_url : out.download_url))
      out.access_url.clear();
    if (perhaps()) out.byte_size = static_cast<std::int64_t>(below(1'000'000'000'000));
    if (perhaps()) out.rows = static_cast<std::int64_t>(below(20'000'000));
    static constexpr std::array algorithms{"sha256", "sha1", "md5", "sha512", "sha3-256"};
    if (perhaps(3))
      out.checksum = {algorithms[below(5)], hex_encode(sha256(std::to_string(below(1000))))};
    out.issued = instant();
    out.modified = instant();
    out.licence = perhaps(4) ? licence() : "";
    if (out.licence == dataset.licence) out.licence.clear();
    out.notes = text();
    return out;
  }

  Dataset dataset() {
    Dataset out;
    out.id = id<catalogue::DatasetId>();
    out.name = fmt::format("dataset_{}-{}", below(1'000'000), below(1'000'000));
    if (perhaps()) out.national_id = std::to_string(5000 + below(150'000));
    out.title = some_text();
    out.description = text();
    out.publisher = publisher();
    if (perhaps()) out.contact.name = chinese();
    if (perhaps()) out.contact.phone = "02-2316 5300#12";
    if (perhaps()) out.contact.email = "open+data@agency.example";
    out.contact.url = maybe_address();
    out.keywords = unique(5, [&] { return chinese(); });
    out.keywords_en = unique(3, [&] { return english(); });
    const auto categories = vocabulary::service_categories();
    if (perhaps()) out.service_category = categories[below(categories.size())].code;
    out.kind = perhaps(5) ? "" : std::string(vocabulary::dataset_kinds()[below(3)].code);
    out.themes = codes(vocabulary::themes());
    out.high_value_themes = codes(vocabulary::high_value_themes());
    if (perhaps(3)) out.hvd_categories = codes(vocabulary::hvd_categories());
    out.legislation = unique(2, [&] { return address(); });
    if (!out.hvd_categories.empty())
      out.legislation.push_back("http://data.europa.eu/eli/reg_impl/2023/138/oj");
    out.licence = licence();
    out.cost = text();
    out.cost_url = maybe_address();
    if (perhaps()) out.cost_law = chinese();
    out.access_rights = static_cast<catalogue::AccessRights>(below(3));
    out.rights = text();
    out.frequency = frequency();
    out.temporal = {date(2015), date(2020)};
    out.spatial = unique(3, [&] { return perhaps() ? chinese() : address(); });
    static constexpr std::array tags{"zh-Hant", "en", "zh", "zh-TW", "ja", "nan-Hant"};
    out.languages = unique(3, [&] { return std::string(tags[below(6)]); });
    out.landing_page = maybe_address();
    out.related_urls = unique(3, [&] { return address(); });
    out.conforms_to = unique(2, [&] { return address(); });
    if (perhaps()) out.provenance = word();
    out.notes = text();
    if (perhaps(4)) out.series = catalogue::SeriesId{};
    if (out.series)
      out.series->value.bytes = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 9, 10, 11, 12, 13, 14, 15};
    if (perhaps()) out.version = fmt::format("2026-{:02}", 1 + below(12));
    out.issued = instant();
    out.modified = instant();
    for (std::uint64_t i = below(5); i > 0; --i) out.distributions.push_back(distribution(out));
    return out;
  }

 private:
  Random& random_;
};

}  // namespace

catalogue::Dataset random_dataset(Random& random) { return Making(random).dataset(); }

catalogue::Dataset publishable_dataset(Random& random) {
  Making making(random);
  Dataset out = making.dataset();
  if (out.description.empty()) out.description = making.some_text();
  for (Distribution& distribution : out.distributions)
    if (distribution.access_url.empty() && distribution.download_url.empty() &&
        distribution.api_description_url.empty())
      distribution.download_url = making.address();
  return out;
}

const catalogue::Publisher* random_publisher(const catalogue::PublisherCode& code) {
  static const std::vector<catalogue::Publisher> all = [] {
    std::vector<catalogue::Publisher> out(20);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].code = {fmt::format("agency-{}", i)};
      out[i].title = {fmt::format("第{}機關", i), i % 2 ? fmt::format("Agency {}", i) : ""};
      if (i % 3 == 0) out[i].url = fmt::format("https://agency{}.example/", i);
    }
    return out;
  }();
  const auto it = std::ranges::find(all, code, &catalogue::Publisher::code);
  return it == all.end() ? nullptr : &*it;
}

}  // namespace minben::test
