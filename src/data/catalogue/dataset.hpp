#pragma once
// What a dataset is: values without database and clock. The members hold what Taiwan's metadata
// standard (資料集詮釋資料標準規範), DCAT 3 / DCAT-AP 3.0.1 and CKAN have in common; what a form
// has beyond that stays in `kept`, so that nothing is lost on the way through.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::catalogue {

using DatasetId = Id<struct DatasetTag>;
using DistributionId = Id<struct DistributionTag>;
using SeriesId = Id<struct SeriesTag>;
/// Who publishes: a short code that is also its CKAN name ("nia", "tainan-city"). Need not be a
/// member of the exchange.
using PublisherCode = Code<struct PublisherTag>;

/// A text in one or both languages; may be empty in either.
struct Text {
  std::string zh_hant;
  std::string en;
  [[nodiscard]] bool empty() const { return zh_hant.empty() && en.empty(); }
  /// In this language, or in the other one when there is none.
  [[nodiscard]] const std::string& in(Language language) const;
  friend bool operator==(const Text&, const Text&) = default;
};

/// How often the publisher promises new data (更新頻率).
struct Frequency {
  enum class Kind { unknown, regular, irregular, once, continuous };
  enum class Unit { minute, hour, day, week, month, year };
  Kind kind = Kind::unknown;
  Unit unit = Unit::month;  ///< of regular ones
  int every = 1;            ///< 1 … 999 units; a quarter is every 3 months
  friend bool operator==(const Frequency&, const Frequency&) = default;
};

/// Who answers questions about a dataset. Of an office, not of a person.
struct ContactPoint {
  std::string name;
  std::string phone;
  std::string email;
  std::string url;
  friend bool operator==(const ContactPoint&, const ContactPoint&) = default;
};

/// From, to, both inclusive; either may be open.
struct Period {
  std::optional<Date> from;
  std::optional<Date> to;
  friend bool operator==(const Period&, const Period&) = default;
};

/// A column of a distribution (主要欄位說明).
struct FieldDescription {
  std::string name;
  Text description;
  std::string type;  ///< "text", "integer", "number", "date" …; "" = not said
  std::string unit;  ///< "km", "NT$"; "" = none
  friend bool operator==(const FieldDescription&, const FieldDescription&) = default;
};

struct Checksum {
  std::string algorithm;  ///< "sha256"
  std::string hex;        ///< lower case
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

/// dcat:Distribution, CKAN resource, 資料資源.
struct Distribution {
  DistributionId id{};
  std::string national_id;  ///< resourceID, e.g. "A41000000G-000001-001"; "" = none
  Text title;
  Text description;
  std::vector<FieldDescription> fields;
  std::string format;              ///< as people write it, upper case: "CSV", "GEOJSON", "API"
  std::string media_type;          ///< IANA; "" = not said
  std::string character_encoding;  ///< IANA charset name; "" = not said
  std::string access_url;          ///< dcat:accessURL; a page or an endpoint
  std::string download_url;        ///< dcat:downloadURL; the file itself
  std::string
      api_description_url;  ///< of an API (dcat:endpointDescription); makes it a data service
  std::optional<std::int64_t> byte_size;
  std::optional<Checksum> checksum;
  std::optional<std::int64_t> rows;  ///< resourceAmount (資料量)
  std::optional<Instant> issued;
  std::optional<Instant> modified;
  std::string licence;  ///< a code of vocabulary::licences(), or an address; "" = the dataset's
  Text notes;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

/// What one form said that no member above holds; written back into that same form.
struct Kept {
  std::string
      rdf;  ///< N-Triples; the dataset is <urn:minben:dataset:ID>, its distributions likewise
  JsonObject ckan;      ///< members of a CKAN package
  JsonObject national;  ///< members of Taiwan's metadata JSON
  friend bool operator==(const Kept&, const Kept&) = default;
};

/// Where a dataset came from when it was harvested.
struct Origin {
  std::string source;      ///< code of the harvest source
  std::string identifier;  ///< there
  std::string url;         ///< the page or document there
  Instant fetched_at{};
  friend bool operator==(const Origin&, const Origin&) = default;
};

enum class AccessRights { open, restricted, closed };  ///< 開放資料, 依申請提供, 不開放

struct Dataset {
  DatasetId id{};
  std::string name;         ///< unique, in addresses and in CKAN: [a-z0-9_-]{2,100}
  std::string national_id;  ///< datasetId or identifier of Taiwan's portals; "" = none
  Text title;
  Text description;  ///< Markdown (CommonMark) without HTML
  PublisherCode publisher;
  ContactPoint contact;
  std::vector<std::string> keywords;
  std::vector<std::string> keywords_en;
  std::string
      service_category;    ///< 服務分類 (categoryService), a code of vocabulary: "I00"; "" = none
  std::string kind = "A";  ///< 資料集類型 (categoryDataset): A raw data (原始資料) …
  std::vector<std::string> themes;             ///< EU data-theme codes: "TRAN"
  std::vector<std::string> high_value_themes;  ///< 高應用價值主題, codes of vocabulary: "disaster"
  std::vector<std::string> hvd_categories;  ///< EU HVD categories, codes of vocabulary: "mobility"
  std::vector<std::string> legislation;     ///< addresses (dcatap:applicableLegislation)
  std::string licence;                      ///< a code of vocabulary: "OGDL-TW-1.0", or an address
  Text cost;                                ///< 計費方式; "" in both = free
  std::string cost_url;
  std::string cost_law;
  AccessRights access_rights = AccessRights::open;
  Text rights;
  Frequency frequency;
  Period temporal;
  std::vector<std::string> spatial;    ///< names ("臺灣", "臺南市") or addresses of places
  std::vector<std::string> languages;  ///< BCP 47: "zh-Hant", "en"
  std::string landing_page;
  std::vector<std::string> related_urls;
  std::vector<std::string> conforms_to;  ///< addresses of standards
  std::string provenance;                ///< how it came about, in words
  Text notes;
  std::optional<SeriesId> series;
  std::string version;              ///< as the publisher counts: "2026-10"; "" = not counted
  std::optional<Instant> issued;    ///< first release
  std::optional<Instant> modified;  ///< of the data, by the publisher
  std::vector<Distribution> distributions;
  std::optional<Origin> origin;
  Kept kept;
  friend bool operator==(const Dataset&, const Dataset&) = default;
};

/// All faults at once, each with the JSON pointer of its member: names, codes, sizes (title 1 … 255
/// characters, description up to 64 KiB, 1,000 distributions, 200 keywords), addresses that are
/// http(s), ends before beginnings.
Errors check(const Dataset& dataset);

/// As kept in the database: a member that is empty is left out. Reading is strict.
Json to_json(const Dataset& dataset);
Result<Dataset> dataset_from_json(const Json& json);

/// What changed, as JSON pointers into to_json(), in their order; distributions and fields count by
/// their ids and names.
struct Difference {
  std::string pointer;
  Json before;  ///< null when new
  Json after;   ///< null when removed
};
std::vector<Difference> differences(const Dataset& before, const Dataset& after);

/// When the data last changed: as its publisher says of the whole or, where that is not said, of its
/// newest distribution (a file may be sent anew with old data). Nothing when nobody says.
std::optional<Instant> data_changed_at(const Dataset& dataset);

/// When new data is due by the promise, counted from the last change; nothing when nothing is
/// promised.
std::optional<Instant> due(const Frequency& frequency, Instant modified);

}  // namespace minben::catalogue
