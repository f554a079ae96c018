#include "catalogue/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace minben::catalogue::vocabulary {

namespace {

// 服務分類 of the government's portal (政府入口網), as the metadata standard takes it over.
constexpr std::array<Term, 18> all_service_categories{{
    {"100", "生育保健", "Birth and health care", ""},
    {"200", "出生及收養", "Registration of birth and adoption", ""},
    {"300", "求學及進修", "Education and further study", ""},
    {"400", "服兵役", "Military service", ""},
    {"500", "求職及就業", "Job search and employment", ""},
    {"600", "開創事業", "Starting a business", ""},
    {"700", "婚姻", "Marriage", ""},
    {"800", "投資理財", "Investment and finance", ""},
    {"900", "休閒旅遊", "Leisure and travel", ""},
    {"A00", "交通及通訊", "Transport and communications", ""},
    {"B00", "就醫", "Medical care", ""},
    {"C00", "購屋及遷徙", "Housing and moving", ""},
    {"D00", "選舉及投票", "Elections and voting", ""},
    {"E00", "生活安全及品質", "Safety and quality of life", ""},
    {"F00", "退休", "Retirement", ""},
    {"G00", "老年安養", "Care for the elderly", ""},
    {"H00", "生命禮儀", "Funerals and remembrance", ""},
    {"I00", "公共資訊", "Public information", ""},
}};

// The standard's examples show A only; B and C are ours for the other kinds that catalogues name.
constexpr std::array<Term, 3> all_dataset_kinds{{
    {"A", "原始資料", "Raw data", ""},
    {"B", "網路服務", "Web service", ""},
    {"C", "工具軟體", "Software tool", ""},
}};

#define MINBEN_EU "http://publications.europa.eu/resource/authority/"
constexpr std::array<Term, 13> all_themes{{
    {"AGRI", "農業、漁業、林業及食品", "Agriculture, fisheries, forestry and food",
     MINBEN_EU "data-theme/AGRI"},
    {"ECON", "經濟及財政", "Economy and finance", MINBEN_EU "data-theme/ECON"},
    {"EDUC", "教育、文化及體育", "Education, culture and sport", MINBEN_EU "data-theme/EDUC"},
    {"ENER", "能源", "Energy", MINBEN_EU "data-theme/ENER"},
    {"ENVI", "環境", "Environment", MINBEN_EU "data-theme/ENVI"},
    {"GOVE", "政府及公部門", "Government and public sector", MINBEN_EU "data-theme/GOVE"},
    {"HEAL", "健康", "Health", MINBEN_EU "data-theme/HEAL"},
    {"INTR", "國際議題", "International issues", MINBEN_EU "data-theme/INTR"},
    {"JUST", "司法、法制及公共安全", "Justice, legal system and public safety",
     MINBEN_EU "data-theme/JUST"},
    {"REGI", "區域及城市", "Regions and cities", MINBEN_EU "data-theme/REGI"},
    {"SOCI", "人口及社會", "Population and society", MINBEN_EU "data-theme/SOCI"},
    {"TECH", "科學及技術", "Science and technology", MINBEN_EU "data-theme/TECH"},
    {"TRAN", "交通", "Transport", MINBEN_EU "data-theme/TRAN"},
}};

constexpr std::array<Term, 6> all_high_value_themes{{
    {"climate", "氣候環境", "Climate and environment", ""},
    {"disaster", "災害防救", "Disaster prevention and relief", ""},
    {"transport", "交通運輸", "Transport", ""},
    {"health", "健康醫療", "Health and medical care", ""},
    {"energy", "能源管理", "Energy management", ""},
    {"welfare", "社會救助", "Social assistance", ""},
}};

constexpr std::array<Term, 6> all_hvd_categories{{
    {"geospatial", "地理空間", "Geospatial", "http://data.europa.eu/bna/c_ac64a52d"},
    {"earth-observation", "地球觀測及環境", "Earth observation and environment",
     "http://data.europa.eu/bna/c_dd313021"},
    {"meteorological", "氣象", "Meteorological", "http://data.europa.eu/bna/c_164e0bf5"},
    {"statistics", "統計", "Statistics", "http://data.europa.eu/bna/c_e1da4e07"},
    {"companies", "公司及所有權", "Companies and company ownership",
     "http://data.europa.eu/bna/c_a9135398"},
    {"mobility", "移動", "Mobility", "http://data.europa.eu/bna/c_b79e35eb"},
}};

#define MINBEN_CC "https://creativecommons.org/"
constexpr std::array<Licence, 16> all_licences{{
    {{"OGDL-TW-1.0", "政府資料開放授權條款－第1版", "Open Government Data License, version 1.0",
      "https://data.gov.tw/license"},
     "OGDL-Taiwan-1.0",
     "1",
     "",
     true},
    {{"CC-BY-4.0", "創用CC 姓名標示 4.0 國際", "Creative Commons Attribution 4.0 International",
      MINBEN_CC "licenses/by/4.0/"},
     "cc-by",
     "",
     MINBEN_EU "licence/CC_BY_4_0",
     true},
    {{"CC-BY-SA-4.0", "創用CC 姓名標示－相同方式分享 4.0 國際",
      "Creative Commons Attribution-ShareAlike 4.0 International", MINBEN_CC "licenses/by-sa/4.0/"},
     "cc-by-sa",
     "",
     MINBEN_EU "licence/CC_BYSA_4_0",
     true},
    {{"CC0-1.0", "CC0 1.0 通用（公眾領域貢獻宣告）", "Creative Commons CC0 1.0 Universal",
      MINBEN_CC "publicdomain/zero/1.0/"},
     "cc-zero",
     "",
     MINBEN_EU "licence/CC0",
     true},
    {{"OFL-1.1", "SIL 開放字型授權 1.1", "SIL Open Font License 1.1",
      "https://openfontlicense.org"},
     "OFL-1.1",
     "",
     "",
     true},
    {{"ODC-BY-1.0", "開放資料共用 姓名標示 1.0", "Open Data Commons Attribution License 1.0",
      "https://opendatacommons.org/licenses/by/1-0/"},
     "odc-by",
     "",
     MINBEN_EU "licence/ODC_BY",
     true},
    {{"ODbL-1.0", "開放資料共用 開放資料庫授權 1.0", "Open Data Commons Open Database License 1.0",
      "https://opendatacommons.org/licenses/odbl/1-0/"},
     "odc-odbl",
     "",
     MINBEN_EU "licence/ODC_BL",
     true},
    {{"PDDL-1.0", "開放資料共用 公眾領域貢獻及授權 1.0",
      "Open Data Commons Public Domain Dedication and License 1.0",
      "https://opendatacommons.org/licenses/pddl/1-0/"},
     "odc-pddl",
     "",
     MINBEN_EU "licence/ODC_PDDL",
     true},
    {{"OGL-UK-3.0", "英國開放政府授權 3.0", "UK Open Government Licence 3.0",
      "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"},
     "uk-ogl",
     "",
     MINBEN_EU "licence/OGL_3_0",
     true},
    {{"CC-PDM-1.0", "公眾領域標章 1.0", "Creative Commons Public Domain Mark 1.0",
      MINBEN_CC "publicdomain/mark/1.0/"},
     "other-pd",
     "",
     MINBEN_EU "licence/CC_PDM_1_0",
     true},
    {{"CC-BY-NC-4.0", "創用CC 姓名標示－非商業性 4.0 國際",
      "Creative Commons Attribution-NonCommercial 4.0 International",
      MINBEN_CC "licenses/by-nc/4.0/"},
     "cc-nc",
     "",
     MINBEN_EU "licence/CC_BYNC_4_0",
     false},
    {{"CC-BY-ND-4.0", "創用CC 姓名標示－禁止改作 4.0 國際",
      "Creative Commons Attribution-NoDerivatives 4.0 International",
      MINBEN_CC "licenses/by-nd/4.0/"},
     "CC-BY-ND-4.0",
     "",
     MINBEN_EU "licence/CC_BYND_4_0",
     false},
    {{"CC-BY-NC-SA-4.0", "創用CC 姓名標示－非商業性－相同方式分享 4.0 國際",
      "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International",
      MINBEN_CC "licenses/by-nc-sa/4.0/"},
     "CC-BY-NC-SA-4.0",
     "",
     MINBEN_EU "licence/CC_BYNCSA_4_0",
     false},
    {{"CC-BY-NC-ND-4.0", "創用CC 姓名標示－非商業性－禁止改作 4.0 國際",
      "Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International",
      MINBEN_CC "licenses/by-nc-nd/4.0/"},
     "CC-BY-NC-ND-4.0",
     "",
     MINBEN_EU "licence/CC_BYNCND_4_0",
     false},
    {{"other-open", "其他（開放）", "Other (open)", ""}, "other-open", "", "", true},
    {{"other-closed", "其他（不開放）", "Other (not open)", ""}, "other-closed", "", "", false},
}};

#define MINBEN_FT MINBEN_EU "file-type/"
constexpr std::array<FileFormat, 62> all_file_formats{{
    {"CSV", "text/csv", MINBEN_FT "CSV", true, true, true},
    {"JSON", "application/json", MINBEN_FT "JSON", true, true, true},
    {"XML", "application/xml", MINBEN_FT "XML", true, true, true},
    {"GEOJSON", "application/geo+json", MINBEN_FT "GEOJSON", true, true, true},
    {"XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", MINBEN_FT "XLSX",
     true, true, true},
    {"ODS", "application/vnd.oasis.opendocument.spreadsheet", MINBEN_FT "ODS", true, true, true},
    {"XLS", "application/vnd.ms-excel", MINBEN_FT "XLS", true, false, true},
    {"XLSM", "application/vnd.ms-excel.sheet.macroenabled.12", MINBEN_FT "XLSM", true, false, true},
    {"TSV", "text/tab-separated-values", MINBEN_FT "TSV", true, true, true},
    {"PARQUET", "application/vnd.apache.parquet", "", true, true, true},
    {"NDJSON", "application/x-ndjson", "", true, true, true},
    {"JSON-LD", "application/ld+json", MINBEN_FT "JSON_LD", true, true, true},
    {"TOPOJSON", "application/topo+json", "", true, true, true},
    {"SHP", "application/vnd.shp", MINBEN_FT "SHP", true, true, true},
    {"KML", "application/vnd.google-earth.kml+xml", MINBEN_FT "KML", true, true, true},
    {"KMZ", "application/vnd.google-earth.kmz", MINBEN_FT "KMZ", true, true, true},
    {"GPKG", "application/geopackage+sqlite3", MINBEN_FT "GPKG", true, true, true},
    {"GML", "application/gml+xml", MINBEN_FT "GML", true, true, true},
    {"GDB", "", MINBEN_FT "GDB", true, false, true},
    {"DBF", "application/vnd.dbf", MINBEN_FT "DBF", true, false, true},
    {"GTFS", "", MINBEN_FT "GTFS", true, true, true},
    {"RDF/XML", "application/rdf+xml", MINBEN_FT "RDF_XML", true, true, true},
    {"TURTLE", "text/turtle", MINBEN_FT "RDF_TURTLE", true, true, true},
    {"N-TRIPLES", "application/n-triples", MINBEN_FT "RDF_N_TRIPLES", true, true, true},
    {"N-QUADS", "application/n-quads", MINBEN_FT "RDF_N_QUADS", true, true, true},
    {"RDF", "", MINBEN_FT "RDF", true, true, true},
    {"RSS", "application/rss+xml", MINBEN_FT "RSS", true, true, true},
    {"ATOM", "application/atom+xml", MINBEN_FT "ATOM", true, true, true},
    {"ICS", "text/calendar", MINBEN_FT "ICS", true, true, true},
    {"YAML", "application/yaml", MINBEN_FT "YAML", true, true, true},
    {"SDMX", "", MINBEN_FT "SDMX", true, true, true},
    {"NETCDF", "application/netcdf", MINBEN_FT "NETCDF", true, true, true},
    {"HDF", "application/x-hdf", MINBEN_FT "HDF", true, true, true},
    {"GRIB", "", "", true, true, true},
    {"SQL", "application/sql", MINBEN_FT "SQL", true, true, true},
    {"MDB", "application/vnd.ms-access", MINBEN_FT "MDB", true, false, true},
    {"WMS", "", MINBEN_FT "WMS_SRVC", true, true, false},
    {"WMTS", "", MINBEN_FT "WMTS_SRVC", true, true, false},
    {"WFS", "", MINBEN_FT "WFS_SRVC", true, true, true},
    {"WCS", "", MINBEN_FT "WCS_SRVC", true, true, true},
    {"REST", "", MINBEN_FT "REST", true, true, true},
    {"DXF", "image/vnd.dxf", MINBEN_FT "DXF", true, true, false},
    {"DWG", "image/vnd.dwg", MINBEN_FT "DWG", true, false, false},
    {"LAS", "application/vnd.las", MINBEN_FT "LAS", true, true, false},
    {"GEOTIFF", "image/tiff; application=geotiff", MINBEN_FT "GEOTIFF", true, true, false},
    {"TIFF", "image/tiff", MINBEN_FT "TIFF", false, true, false},
    {"PDF", "application/pdf", MINBEN_FT "PDF", false, true, false},
    {"HTML", "text/html", MINBEN_FT "HTML", false, true, false},
    {"TXT", "text/plain", MINBEN_FT "TXT", false, true, false},
    {"DOC", "application/msword", MINBEN_FT "DOC", false, false, false},
    {"DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     MINBEN_FT "DOCX", false, true, false},
    {"ODT", "application/vnd.oasis.opendocument.text", MINBEN_FT "ODT", false, true, false},
    {"PPTX", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
     MINBEN_FT "PPTX", false, true, false},
    {"ODP", "application/vnd.oasis.opendocument.presentation", MINBEN_FT "ODP", false, true, false},
    {"EPUB", "application/epub+zip", MINBEN_FT "EPUB", false, true, false},
    {"PNG", "image/png", MINBEN_FT "PNG", false, true, false},
    {"JPEG", "image/jpeg", MINBEN_FT "JPEG", false, true, false},
    {"SVG", "image/svg+xml", MINBEN_FT "SVG", false, true, false},
    {"ZIP", "application/zip", MINBEN_FT "ZIP", false, true, false},
    {"7Z", "application/x-7z-compressed", MINBEN_FT "7Z", false, true, false},
    {"RAR", "application/vnd.rar", MINBEN_FT "RAR", false, false, false},
    {"TAR", "application/x-tar", MINBEN_FT "TAR", false, true, false},
}};
#undef MINBEN_FT
#undef MINBEN_CC
#undef MINBEN_EU

struct Alias {
  std::string_view written;  ///< lower case
  std::string_view label;
};
constexpr std::array<Alias, 24> format_aliases{{
    {"text/xml", "XML"},
    {"jpg", "JPEG"},
    {"tif", "TIFF"},
    {"htm", "HTML"},
    {"ttl", "TURTLE"},
    {"nt", "N-TRIPLES"},
    {"n3", "TURTLE"},
    {"jsonld", "JSON-LD"},
    {"json_ld", "JSON-LD"},
    {"jsonl", "NDJSON"},
    {"application/jsonl", "NDJSON"},
    {"shapefile", "SHP"},
    {"shape", "SHP"},
    {"excel", "XLSX"},
    {"yml", "YAML"},
    {"nc", "NETCDF"},
    {"txt/csv", "CSV"},
    {"application/csv", "CSV"},
    {"application/vnd.geo+json", "GEOJSON"},
    {"application/x-zip-compressed", "ZIP"},
    {"webservices", "REST"},
    {"services", "REST"},
    {"restful", "REST"},
    {"rdf_xml", "RDF/XML"},
}};

struct ThemesOf {
  std::string_view category;
  std::array<std::string_view, 2> themes;
};
constexpr std::array<ThemesOf, 18> theme_table{{
    {"100", {"HEAL", "SOCI"}},
    {"200", {"SOCI", ""}},
    {"300", {"EDUC", ""}},
    {"400", {"GOVE", ""}},
    {"500", {"ECON", "SOCI"}},
    {"600", {"ECON", ""}},
    {"700", {"SOCI", ""}},
    {"800", {"ECON", ""}},
    {"900", {"EDUC", ""}},
    {"A00", {"TRAN", "TECH"}},
    {"B00", {"HEAL", ""}},
    {"C00", {"REGI", "SOCI"}},
    {"D00", {"GOVE", ""}},
    {"E00", {"ENVI", "JUST"}},
    {"F00", {"SOCI", ""}},
    {"G00", {"SOCI", "HEAL"}},
    {"H00", {"SOCI", ""}},
    {"I00", {"GOVE", ""}},
}};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// A licence's name or address without what people vary: white space, dashes, scheme, last slash.
std::string licence_key(std::string_view text) {
  std::string key = to_lower_ascii(trim(text));
  if (key.starts_with("依")) key.erase(0, std::string_view("依").size());
  for (const std::string_view noise :
       {" ", "\t", "　", "-", "－", "–", "—", "_", "﹣", "─", "(", ")", "（", "）", "：", ":"})
    replace_all(key, noise, "");
  replace_all(key, "第一版", "第1版");
  for (const std::string_view scheme : {"https//", "http//", "//"})
    if (key.starts_with(scheme)) key.erase(0, scheme.size());
  if (key.starts_with("www.")) key.erase(0, 4);
  for (const std::string_view end : {"legalcode", "deed.zhtw", "deed.en", "deed.zhhant", "deed"})
    if (key.ends_with(end)) key.resize(key.size() - end.size());
  while (key.ends_with("/") || key.ends_with("。"))
    key.resize(key.size() - (key.back() == '/' ? 1 : 3));
  return key;
}

struct LicenceName {
  std::string_view written;
  std::string_view code;
};
// Names that are neither code, id, title nor address in the list above. CC licences without a
// version stay unknown here but for CKAN's ids: guessing a version would change the terms.
constexpr std::array<LicenceName, 17> licence_names{{
    {"政府資料開放授權條款", "OGDL-TW-1.0"},
    {"政府資料開放授權條款第1版", "OGDL-TW-1.0"},
    {"政府資料開放授權條款第1.0版", "OGDL-TW-1.0"},
    {"政府資料開放授權條款1.0", "OGDL-TW-1.0"},
    {"政府資料開放平臺授權條款第1版", "OGDL-TW-1.0"},
    {"ogdl", "OGDL-TW-1.0"},
    {"ogdl1.0", "OGDL-TW-1.0"},
    {"ogdltw", "OGDL-TW-1.0"},
    {"/license", "OGDL-TW-1.0"},
    {"opengovernmentdatalicense,version1.0", "OGDL-TW-1.0"},
    {"ccby4.0", "CC-BY-4.0"},
    {"ccbysa4.0", "CC-BY-SA-4.0"},
    {"cc0", "CC0-1.0"},
    {"創用cc姓名標示4.0", "CC-BY-4.0"},
    {"創用cc姓名標示相同方式分享4.0", "CC-BY-SA-4.0"},
    {"odcodbl1.0", "ODbL-1.0"},
    {"odcpddl1.0", "PDDL-1.0"},
}};

template <class T>
using Index = std::unordered_map<std::string, const T*>;

// The first that has a name keeps it.
Index<Licence> licences_by_name() {
  Index<Licence> out;
  for (const LicenceName& name : licence_names)
    out.emplace(licence_key(name.written),
                &*std::ranges::find(all_licences, name.code,
                                    [](const Licence& licence) { return licence.term.code; }));
  for (const Licence& licence : all_licences)
    for (const std::string_view name : {licence.term.code, licence.ckan_id, licence.term.zh_hant,
                                        licence.term.en, licence.term.uri, licence.eu_uri})
      out.emplace(licence_key(name), &licence);
  out.erase("");
  return out;
}

Index<FileFormat> formats_by_name() {
  Index<FileFormat> out;
  for (const FileFormat& format : all_file_formats)
    for (const std::string_view name : {format.label, format.media_type})
      out.emplace(to_lower_ascii(name), &format);
  for (const Alias& alias : format_aliases)
    out.emplace(alias.written,
                &*std::ranges::find(all_file_formats, alias.label, &FileFormat::label));
  out.erase("");
  return out;
}

}  // namespace

std::span<const Licence> licences() { return all_licences; }
std::span<const Term> service_categories() { return all_service_categories; }
std::span<const Term> dataset_kinds() { return all_dataset_kinds; }
std::span<const Term> themes() { return all_themes; }
std::span<const Term> high_value_themes() { return all_high_value_themes; }
std::span<const Term> hvd_categories() { return all_hvd_categories; }
std::span<const FileFormat> file_formats() { return all_file_formats; }

const Term* find(std::span<const Term> list, std::string_view code) {
  const auto it = std::ranges::find(list, code, &Term::code);
  return it == list.end() ? nullptr : &*it;
}

const Licence* find_licence(std::string_view text) {
  static const Index<Licence> index = licences_by_name();
  text = trim(text);
  if (text.empty() || text.size() > 300) return nullptr;
  for (const Licence& licence : all_licences)
    if (text == licence.term.code || text == licence.national_id) return &licence;
  const auto it = index.find(licence_key(text));
  return it == index.end() ? nullptr : it->second;
}

const FileFormat* find_format(std::string_view text) {
  static const Index<FileFormat> index = formats_by_name();
  std::string key = to_lower_ascii(trim(text));
  if (key.starts_with(".")) key.erase(0, 1);
  if (const auto it = index.find(key); it != index.end()) return it->second;
  const auto parameters = key.find(';');  // text/csv; charset=utf-8
  return parameters == std::string::npos ? nullptr : find_format(key.substr(0, parameters));
}

std::span<const std::string_view> themes_of(std::string_view service_category) {
  const auto it = std::ranges::find(theme_table, service_category, &ThemesOf::category);
  if (it == theme_table.end()) return {};
  return std::span(it->themes).first(it->themes[1].empty() ? 1 : 2);
}

}  // namespace minben::catalogue::vocabulary
