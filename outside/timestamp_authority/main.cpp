#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "support/program.hpp"
#include "timestamp_authority/authority.hpp"

int main(int argc, char** argv) {
  using outside::timestamps::Manner;
  outside::timestamps::AuthorityConfig config;
  const std::map<std::string, Manner> manners{{"good", Manner::good},
                                              {"late", Manner::late},
                                              {"refused", Manner::refused},
                                              {"stale", Manner::stale},
                                              {"other", Manner::other}};
  std::string directory;
  CLI::App app("A timestamp authority outside the platform (RFC 3161)");
  app.add_option("--port", config.port, "Port, 0 for any")->required();
  app.add_option("--data", directory, "Directory of its key and certificates")->required();
  app.add_option("--answer", config.manner, "good, or late, refused, stale, other")
      ->transform(CLI::CheckedTransformer(manners));
  CLI11_PARSE(app, argc, argv);
  config.directory = directory;

  outside::block_end_signals();
  const minben::SystemClock clock;
  const auto running = outside::timestamps::Authority::start(config, clock);
  if (!running) {
    fmt::print(stderr, "timestamp-authority: {}\n", minben::describe(running.error()));
    return 1;
  }
  fmt::print("timestamp-authority: listening on port {}\n", (*running)->port());
  std::fflush(stdout);
  outside::wait_for_end();
}
