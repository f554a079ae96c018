#pragma once
// Datasets as schema.org markup in pages, as Google's dataset search asks for
// (https://developers.google.com/search/docs/appearance/structured-data/dataset), and as
// Croissant 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-spec.html) for those whose
// files are known. Thread-safe.
#include "interchange/dcat.hpp"

namespace minben::interchange {

/// One JSON-LD object, in the language of its page. Google wants 50 to 5,000 characters of
/// description: longer ones are cut, shorter ones completed with the columns.
JsonObject write_schema_org(const catalogue::Dataset& dataset,
                            const catalogue::Publisher& publisher, const Addresses& addresses,
                            Language language);
/// As text for <script type="application/ld+json">: "<", ">" and "&" are escaped, so that no
/// metadata can end the element.
std::string for_script(const JsonObject& object);

/// Croissant: files with checksums as cr:FileObject, columns as cr:Field of one record set a file.
/// Distributions without a checksum are left out, as the format asks for it.
JsonObject write_croissant(const catalogue::Dataset& dataset, const catalogue::Publisher& publisher,
                           const Addresses& addresses, Language language);

}  // namespace minben::interchange
