#pragma once
// The files that leave the house: a zip for each resource, sealed by its provider's RSA key, and
// the zip around them, in the form of MyData's rules for service providers. Private.
#include <string>
#include <vector>

#include "mydata/resources.hpp"
#include "trust/rsa.hpp"

namespace minben::mydata {

/// Data files, META-INFO/manifest.xml with their SHA-256 (hex), META-INFO/manifest.sha256withrsa
/// (the signature over the manifest as it is) and META-INFO/certificate.cer.
/// `pdf`: "" = without one.
Result<std::string> pack_resource(const Resource& resource, const Json& data, std::string pdf,
                                  const trust::RsaSeal& seal);

/// One line of the outer manifest.
struct Packed {
  std::string resource_id;
  int code = 200;       ///< only 200 has content
  std::string content;  ///< as pack_resource makes it
  /// Whose it is, where a request is about several people: a name for a folder.
  std::string folder{};
  PersonId subject{};
};
Result<std::string> pack_delivery(const std::vector<Packed>& items);

/// Comma-separated values (RFC 4180), one row of names and one of values; what a spreadsheet would
/// take for a formula is kept from being one.
std::string csv_of(const Resource& resource, const Json& data);

}  // namespace minben::mydata
