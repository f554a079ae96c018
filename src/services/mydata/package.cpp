#include "package.hpp"

#include <fmt/format.h>

#include "csv.hpp"
#include "exchange/zip.hpp"

namespace minben::mydata {

namespace {

using exchange::ZipEntry;

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Names in manifests are ids and made from ids: nothing in them needs escaping.
std::string manifest_of(const std::vector<ZipEntry>& files) {
  std::string xml = fmt::format("{}<files>\n", declaration);
  for (const ZipEntry& file : files)
    xml += fmt::format("  <file><filename>{}</filename><digest>{}</digest></file>\n", file.name,
                       hex_encode(sha256(file.content)));
  return xml + "</files>\n";
}

std::string text_of(const Json& value) {
  if (value.is_string()) return std::string(value.get_string().c_str());
  return value.is_null() ? std::string() : write_json(value);
}

}  // namespace

std::string csv_of(const Resource& resource, const Json& data) {
  std::vector<std::string> names, values;
  for (const Field& field : resource.fields) {
    const Json* value = find(data, field.name);
    if (value == nullptr) continue;
    names.push_back(field.title.zh_hant);
    values.push_back(text_of(*value));
  }
  return "\xEF\xBB\xBF" + csv_line(names) + csv_line(values);
}

Result<std::string> pack_resource(const Resource& resource, const Json& data, std::string pdf,
                                  const trust::RsaSeal& seal) {
  std::vector<ZipEntry> files{{resource.id + ".json", write_json_pretty(data)},
                              {resource.id + ".csv", csv_of(resource, data)}};
  if (!pdf.empty()) files.push_back({resource.id + ".pdf", std::move(pdf)});
  const std::string manifest = manifest_of(files);
  const Bytes signature = seal.sign(as_bytes(manifest));
  files.push_back({"META-INFO/manifest.xml", manifest});
  files.push_back({"META-INFO/manifest.sha256withrsa", std::string(as_text(signature))});
  files.push_back({"META-INFO/certificate.cer", std::string(as_text(seal.certificate()))});
  return exchange::write_zip(files);
}

Result<std::string> pack_delivery(const std::vector<Packed>& items) {
  std::string manifest = fmt::format("{}<files>\n", declaration);
  std::vector<ZipEntry> files;
  for (const Packed& item : items) {
    manifest += fmt::format(
        "  <file><resource_id>{0}</resource_id><filename>{0}.zip</filename><code>{1}</code>"
        "</file>\n",
        item.resource_id, item.code);
    if (item.code == 200) files.push_back({item.resource_id + ".zip", item.content});
  }
  files.insert(files.begin(), {"META-INFO/manifest.xml", manifest + "</files>\n"});
  return exchange::write_zip(files);
}

}  // namespace minben::mydata
