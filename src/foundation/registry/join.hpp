#pragma once
// How an agency asks to join the exchange: one file, made beside the keys of its gateway; and how a
// gateway that is in it asks for certificates for new keys.
//
// `minben-join/1` is a signed document (exchange.hpp) whose content names the member, its gateway
// and two certificate signing requests (PKCS #10): of the gateway's TLS key and of the key of its
// message seals. It is signed with the gateway's Ed25519 key, so that all three keys are shown to
// be in one hand. That this is the agency's hand nobody can see from a file: an officer of the
// exchange compares the fingerprint with the agency, by a telephone number found elsewhere.
//
// `minben-renewal/1` is a signed document, too, whose content is {"request": such a file,
// "certificate": PEM}: of the new keys, and of the seals that are in force. It is signed with the
// key of those seals (P-256), which a gateway has that was let in before.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "exchange/exchange.hpp"
#include "trust/requests.hpp"

namespace minben::registry {

inline constexpr std::size_t max_join_request = 64u << 10;  ///< bytes
inline constexpr std::size_t max_subsystems = 32;

/// What an agency asks for.
struct JoinRequest {
  std::string member_class = "GOV";  ///< a segment of names (exchange.hpp)
  AgencyCode member;
  Bilingual name;               ///< 1 to 100 characters each
  std::string gateway = "gw1";  ///< [a-z0-9-]{1,32}
  std::string url;              ///< "https://gw.hpa.example:7100", host and port as others reach it
  std::vector<std::string> subsystems;  ///< 1 to max_subsystems, segments of names
  Instant made_at{};
  /// PEM, where an outside authority issued its certificates (profile.hpp), each with what is
  /// between it and the root; both or neither.
  std::string tls_certificate{};
  std::string seal_certificate{};
};

struct JoinKeys {
  const trust::SigningKey& signing;  ///< Ed25519, of the ledger and of usage records
  const trust::SigningKey& tls;      ///< P-256
  const trust::SigningKey& seal;     ///< P-256
};

/// The file. Errors: "bad_join_request" naming the field.
Result<std::string> make_join_request(const JoinRequest& request, const JoinKeys& keys);

/// `request` as make_join_request() made it. Errors: "bad_join_request".
Result<std::string> make_renewal_request(std::string_view request,
                                         const trust::Certificate& seal_certificate,
                                         const trust::SigningKey& seal);
/// The two requests (PKCS #10, PEM) that an outside authority signs; the same as in the file.
struct CertificateRequests {
  std::string tls;
  std::string seal;
};
Result<CertificateRequests> make_certificate_requests(const JoinRequest& request,
                                                      const JoinKeys& keys);

/// A file whose signatures are right and whose parts agree with each other.
struct ReadJoinRequest {
  JoinRequest request;
  trust::VerifyKey signing_key;
  trust::SigningRequest tls;   ///< for the host of the URL, of this member
  trust::SigningRequest seal;  ///< of this member, for no host
  std::string id;              ///< hex SHA-256 of the canonical content (RFC 8785)
  /// Of a renewal: whose key signed it. Whether it is in force is not looked at.
  std::optional<trust::Certificate> renews{};
};

/// Of either kind. Errors: "bad_join_request" (names the field), "join_request_forged".
Result<ReadJoinRequest> read_join_request(std::string_view text);

/// The first 128 bits of an id for people, in groups of four: "3f2a 91c0 …". Another request with
/// the same ones cannot be made.
std::string spoken_fingerprint(std::string_view id);

/// Scheme https, a host that a certificate can name (a DNS name or an address), and a port.
struct GatewayAddress {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
  bool numeric = false;  ///< an IP address
};
Result<GatewayAddress> read_gateway_url(std::string_view url);  ///< "bad_join_request", field "url"

}  // namespace minben::registry
