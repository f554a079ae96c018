// OCSP answers, which come from responders and through other gateways, and the certificates that a
// peer shows beside its own.
#include <chrono>

#include "trust/ocsp.hpp"

namespace {

using namespace minben;

const Instant now = parse_instant("2026-11-30T08:30:15Z").value();
const VirtualClock at_now(now);

struct Known {
  trust::Authority authority = trust::Authority::create("Fuzz", 30, at_now).value();
  trust::Certificate leaf =
      authority
          .issue(trust::SigningKey::generate(trust::KeyType::p256).verify_key(),
                 {.common_name = "leaf"}, at_now)
          .value();
  trust::Anchor anchor{.root = authority.certificate().pem};
  trust::PathValidator validator = trust::PathValidator::make(std::span(&anchor, 1), {}).value();
};

const Known& known() {
  static const Known made;
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const trust::Octets bytes(data, size);
  const auto& [authority, leaf, anchor, validator] = known();
  const auto answer = trust::verify_ocsp_response(bytes, leaf.der, authority.certificate(), now,
                                                  hours(24), std::array<std::uint8_t, 16>{});
  // Nobody here can sign in the authority's name.
  MINBEN_ASSERT(!answer);
  MINBEN_ASSERT(!trust::read_past_ocsp_response(bytes, leaf.der, authority.certificate()));
  (void)trust::ocsp_subject(bytes);
  (void)trust::ocsp_url(bytes);
  (void)trust::chain_from_pem(as_text(bytes));
  const std::vector<std::string> shown{std::string(as_text(bytes))};
  (void)validator.path(leaf.der, now, trust::Usage::any, shown);
  return 0;
}
