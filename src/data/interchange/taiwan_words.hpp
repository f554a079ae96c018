#pragma once
// How Taiwan's agencies write times, amounts, publishers and the like.
#include <optional>
#include <string>

#include "catalogue/catalogue.hpp"

namespace minben::interchange {

/// "2015-01-01 23:59:59" of Taiwan, also with T, slashes, a zone, without seconds, or a date alone;
/// a year below 1000 is of the Republic.
std::optional<Instant> read_taiwan_time(std::string_view text);
std::optional<Date> read_taiwan_date(std::string_view text);
std::string taiwan_time(Instant instant);  ///< "2015-01-01 23:59:59"

/// "4,600", "36筆", "約1筆"; nothing for "36KB" and "2個檔案".
std::optional<std::int64_t> read_amount(std::string_view text);
/// Without control characters, white space and quotation marks around it.
std::string tidy(std::string_view text);
/// "", 無, 免費, free, 0: it costs nothing.
bool is_free(std::string_view text);
/// "utf-8" → "UTF-8", "big-5" → "Big5"; "" when several are named.
std::string read_encoding(std::string_view text);
/// A code or a Chinese name ("生活安全及品質 (144)"); "" when there is none such.
std::string read_service_category(std::string_view text);
/// "rawData", "A", 原始資料 …; "" when there is none such.
std::string read_dataset_kind(std::string_view text);

/// "2.16.886.101.20003.20082 | 數位部", "380120000J 【社會局】", 文化部.
catalogue::Publisher read_publisher_name(std::string_view text);

}  // namespace minben::interchange
