# Starts a program with the socket on which systemd waits to be told that a service is ready (Type=notify), since
# Node cannot open such a socket. The program replaces this one, so it keeps its process id, and it writes to the
# file descriptor of SWITCHBOARD_NOTIFY_FD: see src/notify.ts. Without NOTIFY_SOCKET it only starts the program.
use strict;
use warnings;
use Socket;

$^F = 255; # file descriptors up to this one stay open
my $systemd;
if (my $path = $ENV{NOTIFY_SOCKET}) {
    $path =~ s/^@/\0/; # a socket without a file
    socket($systemd, AF_UNIX, SOCK_DGRAM, 0) or die "cannot make a socket for systemd: $!\n";
    connect($systemd, pack_sockaddr_un($path)) or die "cannot reach systemd at NOTIFY_SOCKET: $!\n";
    $ENV{SWITCHBOARD_NOTIFY_FD} = fileno($systemd);
}
exec { $ARGV[0] } @ARGV or die "cannot start $ARGV[0]: $!\n";
