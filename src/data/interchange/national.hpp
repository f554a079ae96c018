#pragma once
// Taiwan's metadata standard for datasets (資料集詮釋資料標準規範): the 37 fields of version 2 and
// the older ones of version 1, as the cross-platform API (政府資料開放跨平臺介接規範) sends them,
// both ways without loss; and rows of catalogue files. Times in these forms are Taiwan's.
// Thread-safe.
#include <string>
#include <string_view>

#include "catalogue/catalogue.hpp"

namespace minben::interchange {

enum class NationalVersion { v1, v2 };

struct FoundNational {
  catalogue::Dataset dataset;      ///< without id; name from the national id or the title
  catalogue::Publisher publisher;  ///< code, title, oid and org_code
  NationalVersion version = NationalVersion::v2;
};

/// Strict, for what agencies send: all faults at once, each with the JSON pointer of its field.
/// Fields that no member holds are kept (Dataset::kept.national).
std::expected<FoundNational, Errors> read_national(const Json& metadata);

/// What only the platform says about a dataset.
struct NationalSystem {
  std::string dataset_id;               ///< 資料集識別碼; "" = none
  std::string quality;                  ///< dataQuality, "金"; "" = not judged
  std::optional<Instant> published_at;  ///< 上架日期
  std::optional<Instant> changed_at;    ///< 詮釋資料更新時間
};

/// Fields in the order of the standard; those without a value are "", as the standard's examples
/// have them. What was kept comes back where it says the same as the members.
JsonObject write_national(const catalogue::Dataset& dataset, const catalogue::Publisher& publisher,
                          NationalVersion version, const NationalSystem& system = {});

/// What the API answers to a fault: error_type "ER0031:資料集屬性錯誤" (ER0032 for themes), and a
/// message in Chinese that names the field.
struct NationalError {
  std::string error_type;
  std::string message;
};
NationalError national_error(const Error& fault);

/// A local portal whose catalogue file is read.
struct Portal {
  std::string code;        ///< "tainan": begins the names of its datasets
  std::string government;  ///< "臺南市政府": begins the names of its agencies
};

/// A line of the national list (id, name, provider, format, urls). Addresses that the list broke at
/// their commas are put together again.
Result<FoundNational> read_national_line(const Json& line);
/// A row of a portal's catalogue (編號, 資料名稱 or 資料集名稱, 資料來源, 主要欄位 …), by column
/// names. What is no value ("無", "無標籤") is left out; nothing is refused but a row without a
/// title.
Result<FoundNational> read_portal_row(const JsonObject& row, const Portal& portal);

/// "行政區(行政區名稱)、地號(地號)" as agencies write columns: by name and what is in brackets.
std::vector<catalogue::FieldDescription> read_field_list(std::string_view text);
std::string write_field_list(const std::vector<catalogue::FieldDescription>& fields);

}  // namespace minben::interchange
