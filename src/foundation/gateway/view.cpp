#include "view.hpp"

#include "piece.hpp"

#include <spdlog/spdlog.h>

namespace minben::gateway {

namespace {

/// What is not in force now may be so later: the seal's time tells.
Result<Signer> read_signer(const View& view, const std::string& pem, Instant now) {
  MINBEN_TRY(certificates, trust::chain_from_pem(pem));
  const trust::Certificate& certificate = certificates.front();
  MINBEN_TRY(info, trust::read_certificate(certificate.der));
  auto path = view.validator.path(certificates, now, trust::Usage::seal);
  if (!path) {
    const std::string& code = path.error().code;
    if (code != "certificate_expired" && code != "certificate_not_yet_valid")
      return std::unexpected(path.error());
  }
  MINBEN_TRY(verifier, SealVerifier::make(certificate));
  Signer signer{std::move(verifier), info.not_before, info.not_after};
  if (path && outside_authority(view.configuration, path->anchor))
    signer.outside = outside_certificate(view.configuration, certificate.der, std::move(*path));
  return signer;
}

std::unexpected<Error> refuse(std::string_view code, std::string_view why) {
  return fail(Kind::unauthorised, code, why);
}

}  // namespace

const Signer* View::signer(std::string_view member,
                           const std::array<std::uint8_t, 32>& fingerprint) const {
  const auto found = signers.find(member);
  if (found == signers.end()) return nullptr;
  for (const Signer& signer : found->second)
    if (signer.verifier.fingerprint() == fingerprint) return &signer;
  return nullptr;
}

Result<std::string> check_peer(const View& view, std::string_view certificate_der,
                               const net::PeerProof& proof, trust::Usage usage, Instant now) {
  MINBEN_TRY(path, view.validator.path(as_bytes(certificate_der), now, usage, proof.chain));
  if (!outside_authority(view.configuration, path.anchor)) return std::move(path.info.member);
  const auto holder = view.tls_holders.find(path.info.fingerprint);
  if (holder == view.tls_holders.end())
    return fail(Kind::forbidden, "certificate_unknown", "the registry publishes it for nobody",
                path.info.subject);
  const auto outside =
      outside_certificate(view.configuration, as_bytes(certificate_der), std::move(path));
  if (!proof.ocsp_response.empty())
    view.standing.offer(proof.ocsp_response, std::span(&outside, 1));
  MINBEN_CHECK(view.standing.check(*outside));
  return holder->second;
}

void hear_standing(const View& view, const net::Channel& channel, std::string_view answers,
                   Instant now) {
  if (view.configuration.authorities.empty()) return;
  std::vector<std::shared_ptr<const OutsideCertificate>> known = view.outside;
  const auto der = as_bytes(channel.peer_certificate());
  if (auto path = view.validator.path(der, now, trust::Usage::any, channel.peer_proof().chain))
    if (auto own = outside_certificate(view.configuration, der, std::move(*path)))
      known.push_back(std::move(own));
  for (const std::string_view answer : read_answers(answers)) view.standing.offer(answer, known);
}

Result<std::shared_ptr<View>> make_view(Configuration configuration, Standing& standing,
                                        Instant now) {
  MINBEN_TRY(validator, path_validator(configuration));
  auto view =
      std::make_shared<View>(std::make_shared<const Configuration>(std::move(configuration)),
                             std::move(validator), standing);
  for (const Member& member : view->configuration.members)
    for (const GatewayEntry& gateway : member.gateways) {
      for (const std::string& fingerprint : gateway.tls_certificates)
        view->tls_holders.emplace(fingerprint, member.code.value);
      for (const std::string& pem : gateway.certificates) {
        if (auto signer = read_signer(*view, pem, now)) {
          if (signer->outside) view->outside.push_back(signer->outside);
          view->signers[member.code.value].push_back(std::move(*signer));
        } else {
          spdlog::warn("a certificate of {}/{} is left out: {}", member.code.value, gateway.name,
                       describe(signer.error()));
        }
      }
    }
  return view;
}

Result<Seal> check_seal(const View& view, std::string_view member, std::string_view seal,
                        const ledger::Hash& leaf) {
  auto read = read_seal(seal);
  if (!read) return refuse("signature_invalid", read.error().detail);
  const Signer* signer = view.signer(member, read->certificate);
  if (!signer) return refuse("certificate_unknown", "no certificate of this member");
  if (read->at >= signer->not_after) return refuse("certificate_expired", "of the seal");
  if (read->at < signer->not_before) return refuse("certificate_not_yet_valid", "of the seal");
  if (signer->outside)
    if (const auto good = view.standing.check(*signer->outside); !good)
      return refuse(good.error().code, good.error().detail);
  if (!signer->verifier.verify(*read, leaf))
    return refuse("signature_invalid", "altered, or sealed by somebody else");
  return read;
}

}  // namespace minben::gateway
