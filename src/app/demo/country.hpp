#pragma once
// The demonstration country on disk, and the processes it is made of.
//
//   DIR/country.json     what it is; its presence makes the directory ours to remove with --fresh
//   DIR/postgres/        the embedded cluster          DIR/registers/   the agencies' registers
//   DIR/exchange/        keys, gateways' configuration, ledgers and state
//   DIR/platform/        serve.toml, keys, ledger      DIR/outside/     payment provider, mailbox
//   DIR/logs/            one file a process
#include <memory>

#include "../config.hpp"
#include "../supervisor.hpp"
#include "core/core.hpp"
#include "gateway/gateway.hpp"
#include "plan.hpp"
#include "seed.hpp"
#include "store/store.hpp"

namespace minben::app::demo {

class Country {
 public:
  /// Makes the directory and starts its database. `fresh` removes what an earlier country left;
  /// conflict "not_a_country" for a directory with something else in it, "country_in_use" while
  /// another process runs it.
  static Result<std::unique_ptr<Country>> open(const std::filesystem::path& directory, Ports ports,
                                               bool fresh, const Clock& clock, Random& random);
  ~Country();

  /// Keys and configuration of every process (kept when they exist, and brought to the ports of
  /// this run), people and cases if the country is new, and then all its processes.
  Result<void> start(Supervisor& supervisor);
  /// Addresses worth naming to newcomers.
  [[nodiscard]] const std::vector<Account>& accounts() const { return accounts_; }
  [[nodiscard]] const Ports& ports() const { return ports_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  Country(std::filesystem::path directory, Ports ports, const Clock& clock, Random& random);
  Result<void> take(bool fresh);
  Result<void> start_database();
  /// `url`: where gateways read the configuration, "" = in the file.
  Result<void> prepare_exchange(const Clock& clock, int valid_days, std::string url);
  Result<void> let_registers_speak();
  Result<void> prepare_platform();
  Result<void> fill(const std::vector<Resident>& residents, const Supervisor& supervisor);
  Result<void> settle_database();  ///< everything committed so far is on the disk
  Result<void> start_registers(Supervisor& supervisor);
  Result<void> start_phones(Supervisor& supervisor, const std::vector<Resident>& residents);
  Result<void> start_others(Supervisor& supervisor);
  [[nodiscard]] Child child(const std::string& name, std::vector<std::string> command) const;
  [[nodiscard]] std::string origin() const;
  [[nodiscard]] std::filesystem::path citizens() const { return directory_ / "outside/citizens"; }

  std::filesystem::path directory_;
  Ports ports_;
  const Clock& clock_;
  Random& random_;
  int lock_ = -1;
  std::unique_ptr<store::Cluster> cluster_;
  gateway::Prepared exchange_;
  Config config_;
  std::vector<Account> accounts_;
};

}  // namespace minben::app::demo
