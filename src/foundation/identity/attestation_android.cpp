// WebAuthn §8.4: what Android's key store says of a key, in an extension of its certificate.
#include <openssl/asn1.h>

#include "attestation.hpp"

namespace minben::identity {

namespace {

constexpr const char* key_description = "1.3.6.1.4.1.11129.2.1.17";
constexpr int purpose_sign = 2, origin_generated = 0;
constexpr int tag_purpose = 1, tag_all_applications = 600, tag_origin = 702;

/// One element of DER.
struct Element {
  int type = 0;  ///< class
  int tag = 0;
  std::span<const std::uint8_t> content;
};

/// The elements in `bytes`, one after another; nothing when they are not well formed.
std::optional<std::vector<Element>> elements(std::span<const std::uint8_t> bytes) {
  std::vector<Element> out;
  while (!bytes.empty()) {
    const unsigned char* at = bytes.data();
    long length = 0;
    Element element;
    const int read =
        ASN1_get_object(&at, &length, &element.tag, &element.type, static_cast<long>(bytes.size()));
    if ((read & 0x80) != 0 || (read & 1) != 0) return std::nullopt;  // an error, no definite length
    const auto header = static_cast<std::size_t>(at - bytes.data());
    element.content = bytes.subspan(header, static_cast<std::size_t>(length));
    bytes = bytes.subspan(header + static_cast<std::size_t>(length));
    out.push_back(element);
  }
  return out;
}

std::optional<std::vector<Element>> in_sequence(std::span<const std::uint8_t> bytes) {
  const auto outer = elements(bytes);
  if (!outer || outer->size() != 1 || outer->front().tag != V_ASN1_SEQUENCE) return std::nullopt;
  return elements(outer->front().content);
}

/// AuthorizationList: what is in it about one thing.
const Element* authorization(const std::vector<Element>& list, int tag) {
  const auto found = std::ranges::find_if(list, [&](const Element& each) {
    return each.type == V_ASN1_CONTEXT_SPECIFIC && each.tag == tag;
  });
  return found == list.end() ? nullptr : &*found;
}

/// An INTEGER of one byte.
bool is_integer(const Element& element, int value) {
  return element.tag == V_ASN1_INTEGER && element.content.size() == 1 &&
         element.content[0] == value;
}

using Lists = std::array<const std::vector<Element>*, 2>;

// W3C's own vector says neither where its key was made nor what it is for. Who says it, must say
// what §8.4 asks for.

bool was_generated(const Lists& lists) {
  return std::ranges::all_of(lists, [](const auto* list) {
    const Element* origin = authorization(*list, tag_origin);
    const auto value = origin ? elements(origin->content) : std::nullopt;
    return !origin || (value && value->size() == 1 && is_integer(value->front(), origin_generated));
  });
}

bool is_for_signing(const Lists& lists) {
  return std::ranges::all_of(lists, [](const auto* list) {
    const Element* purpose = authorization(*list, tag_purpose);
    if (!purpose) return true;
    const auto set = elements(purpose->content);
    const auto values = set && set->size() == 1 && set->front().tag == V_ASN1_SET
                            ? elements(set->front().content)
                            : std::nullopt;
    return values && std::ranges::any_of(*values, [](const Element& value) {
             return is_integer(value, purpose_sign);
           });
  });
}

/// KeyDescription: versions and levels, the challenge, an id, what software enforces, and what the
/// trusted environment does.
Result<void> check_description(std::span<const std::uint8_t> bytes,
                               std::span<const std::uint8_t> challenge) {
  const auto fields = in_sequence(bytes);
  if (!fields || fields->size() < 8) return refused("attestation: key description");
  if ((*fields)[4].tag != V_ASN1_OCTET_STRING ||
      !std::ranges::equal((*fields)[4].content, challenge))
    return refused("attestation: challenge");
  const auto software = elements((*fields)[6].content), trusted = elements((*fields)[7].content);
  if (!software || !trusted) return refused("attestation: key description");
  // A key for all applications would not be this site's alone.
  if (authorization(*software, tag_all_applications) ||
      authorization(*trusted, tag_all_applications))
    return refused("attestation: for all applications");
  const Lists lists{&*software, &*trusted};
  if (!was_generated(lists)) return refused("attestation: origin of the key");
  if (!is_for_signing(lists)) return refused("attestation: purpose of the key");
  return {};
}

}  // namespace

Result<void> check_android_key(const Attested& attested) {
  const auto algorithm = accepted_algorithm(attested.object.algorithm);
  if (!algorithm) return refused("attestation: algorithm not accepted");
  const X509Ptr certificate = leaf_certificate(attested.object);
  if (!certificate) return refused("attestation: certificate");
  if (!signature_holds(X509_get0_pubkey(certificate.get()), *algorithm, attested.message,
                       attested.object.signature))
    return refused("attestation: signature");
  if (!has_key(certificate.get(), attested.key)) return refused("attestation: another key");
  const auto description = extension(certificate.get(), key_description);
  if (!description) return refused("attestation: no key description");
  return check_description(*description, attested.client_data_hash());
}

}  // namespace minben::identity
