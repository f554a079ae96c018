#pragma once
// The controlled lists that metadata refers to, with their names in both languages and their
// addresses in the vocabularies of others. Constant, thread-safe.
#include <optional>
#include <span>
#include <string_view>

#include "catalogue/dataset.hpp"

namespace minben::catalogue::vocabulary {

struct Term {
  std::string_view code;
  std::string_view zh_hant;
  std::string_view en;
  std::string_view uri;  ///< "" = none
  [[nodiscard]] std::string_view in(Language language) const {
    return language == Language::zh_hant ? zh_hant : en;
  }
};

struct Licence {
  Term term;                     ///< uri: the licence's own
  std::string_view ckan_id;      ///< "OGDL-Taiwan-1.0"
  std::string_view national_id;  ///< "1"; "" = none
  std::string_view eu_uri;       ///< of the EU licence authority table; "" = not in it
  bool open;                     ///< open by the Open Definition
};

struct FileFormat {
  std::string_view label;       ///< "CSV"
  std::string_view media_type;  ///< "text/csv"
  std::string_view eu_uri;      ///< of the EU file-type authority table; "" = not in it
  bool machine_readable;
  bool non_proprietary;
  bool structured;  ///< rows or features, not pages
};

std::span<const Licence> licences();
std::span<const Term> service_categories();  ///< 服務分類, 18
std::span<const Term> dataset_kinds();       ///< 資料集類型
std::span<const Term> themes();              ///< EU data-theme, 13
std::span<const Term> high_value_themes();   ///< 高應用價值主題 (2023), 6
std::span<const Term> hvd_categories();      ///< Regulation (EU) 2023/138, 6
std::span<const FileFormat> file_formats();

/// nullptr when not in the list.
const Term* find(std::span<const Term> list, std::string_view code);
/// By code, CKAN id, national id, address, or the name as agencies write it
/// (政府資料開放授權條款－第1版 in its variants).
const Licence* find_licence(std::string_view text);
/// By label or media type, without case.
const FileFormat* find_format(std::string_view text);
/// EU data-themes that a 服務分類 stands for.
std::span<const std::string_view> themes_of(std::string_view service_category);

/// 每日, 每3月, "每年(每年3月底前)", "quarterly", ISO 8601 "R/P1M", EU frequency codes and
/// addresses. unknown when not understood.
Frequency read_frequency(std::string_view text);
/// Code of the EU frequency authority table ("MONTHLY"); "OTHER" when it has no such.
std::string_view eu_frequency(const Frequency& frequency);
std::string frequency_text(const Frequency& frequency,
                           Language language);  ///< "每3個月", "every 3 months"

}  // namespace minben::catalogue::vocabulary
