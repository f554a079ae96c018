#include <cstdio>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "mobile_approval/service.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  using outside::approval::Manner;
  outside::approval::ServiceConfig config;
  const std::map<std::string, Manner> manners{{"good", Manner::good},
                                              {"altered", Manner::altered},
                                              {"other", Manner::other},
                                              {"transplant", Manner::transplant}};
  std::string people, directory, secret_file;
  CLI::App app("A mobile approval service outside the platform, in the manner of TW FidO");
  app.add_option("--port", config.port, "Port, 0 for any")->required();
  app.add_option("--people", people,
                 R"(JSON lines {"number","name","household_number","health_card"})")
      ->required();
  app.add_option("--data", directory, "Directory of keys and state")->required();
  app.add_option("--secret-file", secret_file, "64 hexadecimal digits")->required();
  app.add_option("--provider", config.provider, "sp_service_id");
  app.add_option("--answer", config.manner, "good, or altered, other, transplant")
      ->transform(CLI::CheckedTransformer(manners));
  CLI11_PARSE(app, argc, argv);
  config.people = people;
  config.directory = directory;
  std::ifstream in(secret_file);
  std::string secret;
  std::getline(in, secret);
  config.secret = minben::hex_decode(minben::trim(secret)).value_or(minben::Bytes{});

  outside::block_end_signals();
  const minben::SystemClock clock;
  minben::SystemRandom random;
  const auto running = outside::approval::Service::start(config, clock, random);
  if (!running) {
    fmt::print(stderr, "mobile-approval: {}\n", minben::describe(running.error()));
    return 1;
  }
  fmt::print("mobile-approval: listening on port {}\n", (*running)->port());
  std::fflush(stdout);
  outside::wait_for_end();
}
