// Rows of catalogue files: the national list, and what cities and counties publish of theirs.
#include <algorithm>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "dcat.hpp"
#include "dcat_words.hpp"
#include "national.hpp"
#include "taiwan_words.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;

namespace {

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string short_hash(std::string_view text) { return hex_encode(sha256(text)).substr(0, 6); }

// The format of a file whose address tells; the list names only the first file's.
std::string format_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto dot = url.rfind('.');
  if (dot == std::string_view::npos || url.size() - dot > 9) return {};
  const auto* format = vocabulary::find_format(url.substr(dot + 1));
  return format ? std::string(format->label) : "";
}

class Row {
 public:
  explicit Row(const JsonObject& row) : row_(row) {}
  /// The first of the columns that has a value.
  [[nodiscard]] std::string text(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      const Json* value = row_.if_contains(name);
      if (!value) continue;
      std::string found = value->is_string() ? tidy(std::string_view(value->get_string()))
                          : value->is_int64() || value->is_uint64() ? write_json(*value)
                                                                    : "";
      while (found.ends_with("\n")) found.pop_back();
      if (!found.empty() && found != "無" && found != "無標籤" && found != "-") return found;
    }
    return {};
  }

 private:
  const JsonObject& row_;
};

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view part : split(text, ',')) {
    std::string one = tidy(part);
    if (!one.empty() && one != "無" && std::ranges::find(out, one) == out.end())
      out.push_back(std::move(one));
  }
  return out;
}

// "社會局" of Taoyuan is not Tainan's; "/金門縣政府/民政處/戶政科" is one agency.
catalogue::Publisher publisher_of(const Row& row, const Portal& portal) {
  catalogue::Publisher out =
      read_publisher_name(row.text({"資料集提供機關", "資料來源", "資料來源(部會單位)"}));
  std::string name = out.title.zh_hant;
  std::erase(name, '/');
  const std::string city = portal.government.substr(0, portal.government.find("政府"));
  std::string other = city;  // 台 and 臺 are one character here
  if (const auto at = other.find("臺"); at != std::string::npos) other.replace(at, 3, "台");
  const bool local = name.starts_with("臺灣") || name.starts_with("福建") ||
                     name.find(city) != std::string::npos || name.find(other) != std::string::npos;
  if (name.empty()) name = portal.government;
  else if (!local && name.size() <= 60) name = portal.government + name;
  out.title.zh_hant = name;
  out.code = publisher_code(name);
  return out;
}

void add_distributions(const Row& row, Dataset& dataset) {
  const std::string page = row.text({"資料連結網址"});
  if (!is_web_address(page)) return;
  dataset.landing_page = page;
  auto formats = parts_of(row.text({"資源格式", "檔案格式"}));
  if (formats.empty()) formats.emplace_back();
  const auto fields = read_field_list(row.text({"主要欄位說明", "主要欄位"}));
  for (const std::string& format : formats) {
    Distribution out;
    const std::string label = upper(format);
    out.format = label == "UTF-8" || label == "BIG5" ? "" : label;  // in the wrong column
    out.access_url = page;
    out.fields = fields;
    out.character_encoding = read_encoding(row.text({"編碼格式"}));
    if (formats.size() == 1) out.rows = read_amount(row.text({"資料量"}));
    dataset.distributions.push_back(std::move(out));
  }
}

void add_terms(const Row& row, Dataset& dataset) {
  const std::string licence = row.text({"授權方式"});
  if (const auto* known = vocabulary::find_licence(licence)) dataset.licence = known->term.code;
  else dataset.rights.zh_hant = licence;
  if (const std::string cost = row.text({"計費方式"}); !is_free(cost)) dataset.cost.zh_hant = cost;
  if (const std::string url = row.text({"計費說明網址"}); is_web_address(url))
    dataset.cost_url = url;
  dataset.cost_law = row.text({"計費法令依據"});
}

}  // namespace

Result<FoundNational> read_national_line(const Json& line) {
  const std::string id = string_or(line, "id"), title = tidy(string_or(line, "name"));
  if (id.empty()) return fail(Kind::invalid, "missing", "a dataset has an id", "/id");
  if (title.empty()) return fail(Kind::invalid, "missing", "a dataset has a title", "/name");
  const Json* urls = find(line, "urls");
  if (urls && !urls->is_array())
    return fail(Kind::invalid, "wrong_type", "expected a list", "/urls");
  FoundNational out;
  out.publisher = read_publisher_name(string_or(line, "provider"));
  Dataset& dataset = out.dataset;
  dataset.publisher = out.publisher.code;
  dataset.national_id = id;
  dataset.title.zh_hant = title;
  // 53 numbers of the list are used twice, by two agencies.
  dataset.name = fmt::format("{}-{}", slug(id), short_hash(out.publisher.title.zh_hant));
  dataset.landing_page = "https://data.gov.tw/dataset/" + percent_encoded(id);
  dataset.licence = "OGDL-TW-1.0";
  dataset.languages = {"zh-Hant"};
  std::vector<std::string> addresses;
  if (urls)
    for (const Json& each : urls->get_array()) {
      if (!each.is_string()) return fail(Kind::invalid, "wrong_type", "expected texts", "/urls");
      const std::string url = tidy(std::string_view(each.get_string()));
      if (is_web_address(url) || addresses.empty()) addresses.push_back(url);
      else addresses.back() += "," + url;
    }
  const std::string format = upper(string_or(line, "format"));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!is_web_address(addresses[i])) continue;
    Distribution distribution;
    distribution.download_url = addresses[i];
    distribution.format = format_of(addresses[i]);
    if (distribution.format.empty() && i == 0 && format != "BIN") distribution.format = format;
    if (const auto* known = vocabulary::find_format(distribution.format))
      distribution.media_type = known->media_type;
    dataset.distributions.push_back(std::move(distribution));
  }
  JsonObject kept;
  for (const char* name : {"format", "provider_slug"})
    if (const Json* value = find(line, name)) kept[name] = *value;
  dataset.kept.national["line"] = std::move(kept);
  dataset.origin = catalogue::Origin{
      "data.gov.tw", id + "@" + out.publisher.title.zh_hant, dataset.landing_page, {}};
  return out;
}

Result<FoundNational> read_portal_row(const JsonObject& columns, const Portal& portal) {
  const Row row(columns);
  const std::string title = row.text({"資料名稱", "資料集名稱"}), number = row.text({"編號"});
  if (title.empty()) return fail(Kind::invalid, "missing", "a dataset has a title", "/資料集名稱");
  FoundNational out;
  out.version = NationalVersion::v1;
  out.publisher = publisher_of(row, portal);
  Dataset& dataset = out.dataset;
  dataset.publisher = out.publisher.code;
  dataset.title.zh_hant = title;
  dataset.name =
      fmt::format("{}-{}", portal.code, number.empty() ? short_hash(title) : slug(number));
  dataset.description.zh_hant = row.text({"資料集描述"});
  const std::string fields = row.text({"主要欄位說明", "主要欄位"});
  if (dataset.description.empty() && !fields.empty())
    dataset.description.zh_hant = "主要欄位：" + fields;
  dataset.service_category = read_service_category(row.text({"分類及編號"}));
  for (const std::string_view theme : vocabulary::themes_of(dataset.service_category))
    dataset.themes.emplace_back(theme);
  if (const std::string kind = read_dataset_kind(row.text({"資料集類型"})); !kind.empty())
    dataset.kind = kind;
  dataset.frequency = vocabulary::read_frequency(row.text({"更新頻率"}));
  dataset.temporal = {read_taiwan_date(row.text({"收錄期間(起)"})),
                      read_taiwan_date(row.text({"收錄期間(迄)"}))};
  if (dataset.temporal.from && dataset.temporal.to && *dataset.temporal.to < *dataset.temporal.from)
    std::swap(dataset.temporal.from, dataset.temporal.to);
  for (const std::string& word : parts_of(row.text({"標籤/關鍵字"})))
    (has_han(word) ? dataset.keywords : dataset.keywords_en).push_back(word);
  dataset.issued = read_taiwan_time(row.text({"建立日期"}));
  dataset.modified = read_taiwan_time(row.text({"最後更新時間"}));
  dataset.notes.zh_hant = row.text({"備註"});
  dataset.languages = {"zh-Hant"};
  add_terms(row, dataset);
  add_distributions(row, dataset);
  if (const std::string url = row.text({"資料集說明網址"}); is_web_address(url))
    dataset.related_urls = {url};
  dataset.kept.national["row"] = columns;
  dataset.origin =
      catalogue::Origin{portal.code, number.empty() ? title : number, dataset.landing_page, {}};
  return out;
}

}  // namespace minben::interchange
