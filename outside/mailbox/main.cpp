#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "mailbox/mailbox.hpp"
#include "support/program.hpp"

int main(int argc, char** argv) {
  outside::mailbox::MailboxConfig config;
  std::string directory;
  CLI::App app("A mailbox for everybody: takes mail by SMTP and shows it on a page");
  app.add_option("--smtp-port", config.smtp_port, "SMTP port, 0 for any")->required();
  app.add_option("--port", config.port, "Port of the page, 0 for any")->required();
  app.add_option("--data", directory, "Directory of its state")->required();
  CLI11_PARSE(app, argc, argv);
  config.directory = directory;

  outside::block_end_signals();
  const minben::SystemClock clock;
  const auto running = outside::mailbox::Mailbox::start(config, clock);
  if (!running) {
    fmt::print(stderr, "mailbox: {}\n", minben::describe(running.error()));
    return 1;
  }
  fmt::print("mailbox: SMTP on port {}, page on port {}\n", (*running)->smtp_port(),
             (*running)->port());
  std::fflush(stdout);
  outside::wait_for_end();
}
