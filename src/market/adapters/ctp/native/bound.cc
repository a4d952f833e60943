// tickd-bound: becomes another program that ends with its parent. For children of the daemon that are not its own
// programs.
// usage: tickd-bound SIGNAL PARENT PROGRAM [ARGUMENT…]   SIGNAL: a number; PARENT: the process id of who starts it
// Exit codes: 0 the parent is gone; 126 the program cannot be started (the sentence says why); 127 wrong use.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "end_with_parent.h"

int main(int argc, char** argv) {
  if (argc < 4) {
    dprintf(2, "tickd-bound: usage: tickd-bound SIGNAL PARENT PROGRAM [ARGUMENT...]\n");
    return 127;
  }
  if (!tickd::end_with_parent(std::atoi(argv[1]), std::atoi(argv[2]))) return 0;
  execvp(argv[3], argv + 3);
  dprintf(2, "tickd-bound: %s cannot be started: %s\n", argv[3], std::strerror(errno));
  return 126;
}
