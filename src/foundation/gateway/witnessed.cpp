#include "witnessed.hpp"

#include <fmt/format.h>

#include "asking.hpp"
#include "files.hpp"

namespace minben::gateway {

namespace {

constexpr milliseconds patience{3000};  ///< with another gateway's witness

Result<ledger::Policy> read_policy(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(Kind::invalid, "gateway_config", text.error().detail, file.string());
  return ledger::parse_policy(*text, file.string());
}

Result<std::unique_ptr<ledger::Witness>> open_witness(const GatewayConfig& config,
                                                      const Clock& clock) {
  MINBEN_TRY(key, trust::SigningKey::load(config.witness_key));
  MINBEN_TRY(cosigner, ledger::Cosigner::make(witness_name(config.member), std::move(key)));
  MINBEN_TRY(logs, read_policy(config.witnessed_logs));
  return ledger::Witness::open(config.state_directory / "witness", std::move(cosigner),
                               ledger::logs_of(std::move(logs)), clock);
}

}  // namespace

std::string ledger_origin(const AgencyCode& member) { return "minben.gateway/" + member.value; }
std::string witness_name(const AgencyCode& member) { return ledger_origin(member) + "/witness"; }

std::string logs_policy(std::span<const Party> parties, const AgencyCode& self,
                        std::span<const std::string> platform_logs) {
  std::string out = "# whose checkpoints the witness of this gateway cosigns\n";
  for (const std::string& key : platform_logs) out += fmt::format("log {}\n", key);
  for (const Party& party : parties) {
    if (party.member == self) continue;
    for (const std::string& key : party.log_keys) out += fmt::format("log {}\n", key);
  }
  return out + "quorum none\n";
}

std::string witnesses_policy(std::string_view log_key, std::span<const Party> parties,
                             const AgencyCode& self) {
  std::string out =
      fmt::format("# who must have seen a checkpoint of this ledger\nlog {}\n", log_key);
  std::string names;
  std::size_t count = 0;
  for (const Party& party : parties) {
    if (party.member == self) continue;
    out += fmt::format("witness {} {} {}\n", party.member.value, party.witness_key, party.url);
    names += " " + party.member.value;
    ++count;
  }
  if (count == 0) return out + "quorum none\n";
  return out + fmt::format("group the-witnesses {}{}\nquorum the-witnesses\n", (2 * count + 2) / 3,
                           names);
}

Result<std::unique_ptr<Witnessed>> Witnessed::open(const GatewayConfig& config, Journal& journal,
                                                   const Clock& clock) {
  auto made = std::make_unique<Witnessed>();
  if (!config.witness_key.empty()) {
    MINBEN_TRY(witness, open_witness(config, clock));
    made->witness_ = std::move(witness);
  }
  if (!config.witnesses.empty()) {
    MINBEN_TRY(policy, read_policy(config.witnesses));
    net::ClientConfig client = peer_client(config);
    client.timeout_ms = patience;
    made->make_ = [&journal, policy, client] {
      return std::make_shared<ledger::Witnessing>(journal.logs(), policy, client);
    };
    made->asking_ = made->make_();
  }
  return made;
}

std::vector<net::Route> Witnessed::routes(net::Access access) const {
  return witness_ ? ledger::witness_routes(*witness_, witness_prefix, access)
                  : std::vector<net::Route>();
}

std::shared_ptr<ledger::Witnessing> Witnessed::asking() const {
  const std::lock_guard lock(mutex_);
  return asking_;
}

void Witnessed::start() {
  const std::lock_guard lock(changing_);
  if (const auto asking = this->asking()) asking->start();
  started_ = true;
}

void Witnessed::stop() {
  const std::lock_guard lock(changing_);
  if (const auto asking = this->asking()) asking->stop();
  started_ = false;
}

void Witnessed::renew_tls() {
  const std::lock_guard lock(changing_);
  if (!make_ || !started_) return;  // nothing was read from the files yet, or will be
  asking()->stop();
  const auto renewed = make_();
  renewed->start();
  const std::lock_guard lock_asking(mutex_);
  asking_ = renewed;
}

std::optional<WitnessesState> Witnessed::state() const {
  const auto asking = this->asking();
  if (!asking) return std::nullopt;
  const auto verdict = asking->verdict();
  WitnessesState out{.known = asking->policy().witnesses.size(),
                     .cosigned = verdict ? verdict->cosigned() : 0,
                     .quorum = verdict && verdict->quorum,
                     .complete_size = asking->complete_until().index,
                     .failures = {}};
  for (const ledger::WitnessState& state : asking->states())
    if (!state.failure.empty()) out.failures.emplace_back(state.witness, state.failure);
  return out;
}

}  // namespace minben::gateway
