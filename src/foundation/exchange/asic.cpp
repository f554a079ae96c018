#include "asic.hpp"

#include <iterator>

#include <fmt/format.h>

namespace minben::exchange {

std::string asic_manifest(const AsicFile& signature, std::span<const AsicFile> files) {
  std::string xml;
  xml.reserve(400 + 300 * files.size());
  const auto out = std::back_inserter(xml);
  fmt::format_to(out, R"(<?xml version="1.0" encoding="UTF-8"?>
<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
<asic:SigReference URI="{}" MimeType="{}"/>
)",
                 signature.name, signature.type);
  for (const AsicFile& file : files)
    fmt::format_to(out, R"(<asic:DataObjectReference URI="{}" MimeType="{}">
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
<ds:DigestValue>{}</ds:DigestValue>
</asic:DataObjectReference>
)",
                   file.name, file.type, base64_encode(file.digest));
  xml += "</asic:ASiCManifest>\n";
  return xml;
}

}  // namespace minben::exchange
