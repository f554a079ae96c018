#pragma once
// ASiC manifests (ETSI EN 319 162-1 annex A.4): which files of a container a signature or a
// timestamp is about. Private to exchange.
#include <span>
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace minben::exchange {

inline constexpr std::string_view asic_type = "application/vnd.etsi.asic-e+zip";
inline constexpr std::string_view signature_type = "application/pkcs7-signature";
inline constexpr std::string_view timestamp_type = "application/vnd.etsi.timestamp-token";

struct AsicFile {
  std::string_view name;  ///< without characters that XML or a URI would escape
  std::string_view type;
  Sha256 digest{};  ///< of its content; not used of a signature
};

/// In one spelling, so that both sides can make it from what it names. It is only ever written, and
/// compared.
std::string asic_manifest(const AsicFile& signature, std::span<const AsicFile> files);

}  // namespace minben::exchange
