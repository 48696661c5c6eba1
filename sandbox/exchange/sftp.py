"""The SFTP server: three folders and nothing else; what is not needed is not there."""

from __future__ import annotations

import logging
import posixpath
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import asyncssh
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.exchange import tree
from sandbox.exchange.session import House, Session

LARGEST = 16 * 1024 * 1024
READ_FOLDER, WRITE_FOLDER, PLAIN = 0o40555, 0o40755, 0o100644
log = logging.getLogger(__name__)


class Upload:
    """A file that is being written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.content = bytearray()


class Login(asyncssh.SSHServer):
    """Passwords only: an API key, or the secret of an OAuth client whose id is the user."""

    def __init__(self, house: House) -> None:
        self._house = house

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        address = self._connection.get_extra_info("peername")
        session = await self._house.enter(username, password, address[0] if address else "")
        self._connection.set_extra_info(session=session)
        return session is not None


class Files(asyncssh.SFTPServer):
    """`in` takes files, `archive` keeps what was worked off, `out` says what became of it."""

    def __init__(self, chan: Any) -> None:
        super().__init__(chan)
        self._session: Session = chan.get_connection().get_extra_info("session")

    def exit(self) -> None:
        """Nothing is left behind."""

    # looking

    def realpath(self, path: bytes) -> bytes:
        return _clean(path).encode()

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        folder, name = _split(path)
        if not name:
            return self._folder_attrs(folder)
        return _attrs(self._find(folder, name))

    lstat = stat

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        folder, name = _split(path)
        if name:
            raise asyncssh.SFTPNotADirectory("a file, not a folder")
        yield self._named(".", self._folder_attrs(folder))
        yield self._named("..", self._folder_attrs(""))
        if not folder:
            for each in tree.FOLDERS:
                yield self._named(each, self._folder_attrs(each))
            return
        for file in self._files(folder):
            yield self._named(file.name, _attrs(file))

    # reading and writing

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> tree.File | Upload:
        folder, name = _split(path)
        if not pflags & asyncssh.FXF_WRITE:
            return self._find(folder, name)
        if folder != "in" or not name:
            raise asyncssh.SFTPPermissionDenied("files are put into 'in'")
        if pflags & asyncssh.FXF_APPEND:
            raise asyncssh.SFTPOpUnsupported("files are sent whole")
        self._check_free(name)
        return Upload(name)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        body = file_obj.content if isinstance(file_obj, Upload) else _file(file_obj).body
        return bytes(body[offset : offset + size])

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if not isinstance(file_obj, Upload):
            raise asyncssh.SFTPPermissionDenied("opened for reading")
        if offset + len(data) > LARGEST:
            raise asyncssh.SFTPFailure(f"a file has at most {LARGEST} bytes")
        if offset > len(file_obj.content):
            file_obj.content.extend(bytes(offset - len(file_obj.content)))
        file_obj.content[offset : offset + len(data)] = data
        return len(data)

    async def close(self, file_obj: object) -> None:
        if isinstance(file_obj, Upload):
            await self._session.received(file_obj.name, bytes(file_obj.content))

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        if isinstance(file_obj, Upload):
            return asyncssh.SFTPAttrs(size=len(file_obj.content), permissions=PLAIN)
        return _attrs(_file(file_obj))

    # tidying up

    def remove(self, path: bytes) -> None:
        folder, name = _split(path)
        file = self._find(folder, name)
        if folder == "in" and not tree.is_partial(name):
            raise asyncssh.SFTPPermissionDenied("it is being worked on; cancel its job instead")
        with self._session.workspace.transaction() as tx:
            tree.remove(tx, file)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        (folder, name), (target, wanted) = _split(oldpath), _split(newpath)
        file = self._find(folder, name)
        if (folder, target) != ("in", "in") or not tree.is_partial(name) or not wanted:
            raise asyncssh.SFTPPermissionDenied("only a partial file in 'in' gets another name")
        self._check_free(wanted)
        with self._session.workspace.transaction() as tx:
            tree.remove(tx, file)
        await self._session.received(wanted, file.body)

    posix_rename = rename

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Times and permissions that clients set after an upload are of no account."""

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """As setstat."""

    lsetstat = setstat

    def fsync(self, file_obj: object) -> None:
        """What is acknowledged is kept in any case."""

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise asyncssh.SFTPOpUnsupported("not here")

    mkdir = rmdir = symlink = link = readlink = statvfs = fstatvfs = lock = unlock = open56 = _refused

    # inside

    def _files(self, folder: str) -> list[tree.File]:
        with self._session.workspace.transaction() as tx:
            return tree.files(tx, self._session.owner, folder)

    def _find(self, folder: str, name: str) -> tree.File:
        for file in self._files(folder) if folder and name else ():
            if file.name == name:
                return file
        raise asyncssh.SFTPNoSuchFile("no such file")

    def _check_free(self, name: str) -> None:
        """A file of the same name may be replaced once it is worked off."""
        with self._session.workspace.transaction() as tx:
            known = tx.get("exchange_file", tree.key_of(self._session.owner, name))
            if known is not None and tree.is_busy(tx, known):
                raise asyncssh.SFTPPermissionDenied("a file of this name is being worked on")

    def _folder_attrs(self, folder: str) -> asyncssh.SFTPAttrs:
        mode = WRITE_FOLDER if folder == "in" else READ_FOLDER
        now = int(self._session.workspace.now().timestamp())
        return asyncssh.SFTPAttrs(size=0, permissions=mode, uid=0, gid=0, atime=now, mtime=now)

    def _named(self, name: str, attrs: asyncssh.SFTPAttrs) -> asyncssh.SFTPName:
        return asyncssh.SFTPName(name.encode(), b"", attrs)


def _clean(path: bytes) -> str:
    """From the root of the tree, which nothing leads out of."""
    try:
        return posixpath.normpath("/" + path.decode("utf-8")).replace("//", "/")
    except UnicodeDecodeError:
        raise asyncssh.SFTPNoSuchFile("names are UTF-8") from None


def _split(path: bytes) -> tuple[str, str]:
    """Folder and name; both empty for the root. Raises SFTPNoSuchFile for what cannot exist."""
    folder, _, name = _clean(path)[1:].partition("/")
    if (folder and folder not in tree.FOLDERS) or "/" in name or len(name) > 200:
        raise asyncssh.SFTPNoSuchFile("no such file")
    return folder, name


def _file(opened: object) -> tree.File:
    """What `open` gave out for reading."""
    assert isinstance(opened, tree.File)
    return opened


def _attrs(file: tree.File) -> asyncssh.SFTPAttrs:
    at = int(file.modified)
    return asyncssh.SFTPAttrs(size=len(file.body), permissions=PLAIN, uid=0, gid=0, atime=at, mtime=at)


def host_key(secret: str) -> Any:
    """The same for the same secret, so that clients know a server again after a restart."""
    drawn = sha256(f"sftp host key\n{secret}".encode()).digest()
    pem = Ed25519PrivateKey.from_private_bytes(drawn).private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    )
    return asyncssh.import_private_key(pem)


async def listen(house: House, host: str, port: int, secret: str) -> asyncssh.SSHAcceptor:
    """Serve until closed; `port` 0 takes a free one."""
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    return await asyncssh.listen(
        host,
        port,
        server_host_keys=[host_key(secret)],
        server_factory=lambda: Login(house),
        sftp_factory=Files,
        allow_scp=False,
        agent_forwarding=False,
        public_key_auth=False,
        kbdint_auth=False,
        login_timeout=30,
    )
