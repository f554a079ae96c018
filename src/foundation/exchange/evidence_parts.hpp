#pragma once
// The files of a container of evidence, between making (evidence.cpp) and checking
// (evidence_verify.cpp). Private to exchange.
#include "evidence.hpp"
#include "zip.hpp"

namespace minben::exchange {

inline constexpr std::string_view container_manifest_name = "META-INF/ASiCManifest-container.xml";
inline constexpr std::string_view container_signature_name = "META-INF/signature-container.p7s";
inline constexpr std::string_view timestamp_manifest_name = "META-INF/ASiCManifest-timestamp.xml";
inline constexpr std::string_view timestamp_name = "META-INF/timestamp.tst";
inline constexpr std::string_view revocation_name = "revocation.pem";
inline constexpr std::string_view handovers_name = "registry.handovers";
inline constexpr std::size_t max_parts = 48;

/// "request.head"
std::string part_name(Side side, std::string_view what);

/// Of a signer's part: "request." or "response." before it, or nothing of the gateway that made the
/// container.
inline constexpr std::string_view certificates_part = "certificates.pem";
inline constexpr std::string_view ocsp_part = "ocsp.der";
inline constexpr std::string_view holder_part = "holder";
inline constexpr std::string_view holder_path_part = "holder.path";
inline constexpr std::string_view holders_part = "holders";
inline constexpr std::string_view holders_signature_part = "holders.sig";

/// The names that a container with these parts has, in their order; what is there decides about the
/// parts that may be missing.
std::vector<std::string> layout(const std::vector<ZipEntry>& present);

/// Names all parts but the manifests, the signatures and "mimetype".
std::string container_manifest(const std::vector<ZipEntry>& parts);

/// As timestamp_manifest, of the part "ledger.checkpoint".
std::string checkpoint_manifest(std::string_view checkpoint_text);

/// "minben-path/1", place, size, and a hash a line.
std::string write_path(const Seal& seal);
/// Place, size and path only; error "not_a_path".
Result<Seal> read_path(std::string_view text);

/// A line as sha512sum writes it.
std::string write_body_digest(Side side, const Sha512& digest);
std::optional<Sha512> read_body_digest(Side side, std::string_view line);

}  // namespace minben::exchange
