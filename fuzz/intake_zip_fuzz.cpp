// Archives as they come, and workbooks around parts as they come. Shapefiles are left to GDAL.
#include <fuzzer/FuzzedDataProvider.h>
#include <zip.h>

#include "intake.hpp"
#include "sheet.hpp"

namespace minben::intake {
namespace {

std::string packed(const std::vector<std::pair<const char*, std::string>>& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  zip_source_keep(target);
  for (const auto& [name, content] : parts)
    zip_file_add(archive, name, zip_source_buffer(archive, content.data(), content.size(), 0), 0);
  zip_close(archive);
  zip_stat_t stat;
  zip_source_stat(target, &stat);
  std::string bytes(stat.size, '\0');
  zip_source_open(target);
  zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

std::string workbook(FuzzedDataProvider& data) {
  std::vector<std::pair<const char*, std::string>> parts;
  parts.emplace_back("xl/styles.xml", data.ConsumeRandomLengthString(300));
  parts.emplace_back("xl/sharedStrings.xml", data.ConsumeRandomLengthString(300));
  parts.emplace_back("xl/workbook.xml",
                     R"(<workbook><sheets><sheet name="a" id="r"/></sheets></workbook>)");
  parts.emplace_back("xl/_rels/workbook.xml.rels",
                     R"(<r><Relationship Id="r" Target="worksheets/sheet1.xml"/></r>)");
  parts.emplace_back("xl/worksheets/sheet1.xml", data.ConsumeRemainingBytesAsString());
  return packed(parts);
}

void run(FuzzedDataProvider& data) {
  static const VirtualClock clock{Instant{}};
  static const Limits limits;
  static const std::function<bool()> never;
  const Watch watch(clock, limits, never);
  const int kind = data.ConsumeIntegralInRange(0, 2);
  const std::string bytes = kind == 0 ? data.ConsumeRemainingBytesAsString()
                            : kind == 1
                                ? workbook(data)
                                : packed({{"content.xml", data.ConsumeRemainingBytesAsString()}});
  auto archive = Archive::open(bytes, watch);
  if (!archive) return;
  const auto rows = fuzz_folder() / "rows";
  std::filesystem::remove(rows);
  Inspection inspection;
  Repairs repairs;
  if (kind == 1) (void)write_xlsx_rows(*archive, rows, inspection, repairs, watch);
  if (kind == 2) (void)write_ods_rows(*archive, rows, inspection, repairs, watch);
  for (const ArchiveEntry& entry : archive->entries()) (void)archive->text(entry, 1u << 20);
}

}  // namespace
}  // namespace minben::intake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider provider(data, size);
  minben::intake::run(provider);
  return 0;
}
